"""Tests of style challenges."""
