"""Tests of the bot over real sockets, against a stand-in for Discord."""
