"""The text file of an export: what is in it, and how to count the votes again."""

from __future__ import annotations

from bot.challenges.export.contents import README
from bot.challenges.export.page import template
from bot.words import Words


def readme_of(words: Words) -> bytes:
    """The file. Its paragraphs are single lines, because editors wrap them."""
    text = template(README).substitute(
        about=words("readme-about"),
        page=words("readme-page"),
        paintings=words("readme-paintings"),
        data=words("readme-data"),
        ballots=words("readme-ballots"),
        unpack=words("readme-unpack"),
        title=words("readme-recount-title"),
        hash=words("readme-hash"),
        places=words("readme-places"),
        archive=words("readme-archive"),
        format=words("readme-format"),
        strengths=words("readme-strengths"),
        tie=words("readme-tie"),
    )
    return text.encode()
