"""Shortens texts to what Discord allows."""

from __future__ import annotations


def shortened(text: str, max_length: int) -> str:
    """Cut a text to at most `max_length` characters, anywhere: not every language has spaces."""
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"
