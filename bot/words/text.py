"""Texts that have to fit."""

from __future__ import annotations


def shortened(text: str, max_length: int) -> str:
    """A text of at most so many characters. It is cut anywhere: not every language has spaces."""
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"
