"""The names of members' pictures, and what a card says of a picture to those who cannot see it: its alt text."""

from __future__ import annotations

from pathlib import PurePath

from discord.utils import escape_markdown, escape_mentions

from bot.painting.job import Input, Job
from bot.words import Words
from stylizer.pool import CONTENT, STYLE

SPOILER_PREFIX = "SPOILER_"
"""How the name of a file begins that Discord hides until somebody clicks on it."""
NAME_LENGTH = 100
"""Discord takes alt texts of up to 1,024 characters; they hold two names."""
SUFFIX_LENGTH = 10


def plain_name(name: str | None) -> str | None:
    """A file's name as it can be shown anywhere, in one short line; None when nothing of it is left.

    Without the spoiler prefix, control characters and what turns the direction of writing; the suffix is kept.
    """
    name = " ".join("".join(character if character.isprintable() else " " for character in name or "").split())
    while name.startswith(SPOILER_PREFIX):
        name = name.removeprefix(SPOILER_PREFIX).lstrip()
    if len(name) > NAME_LENGTH:
        suffix = PurePath(name).suffix[:SUFFIX_LENGTH]
        name = f"{name[: NAME_LENGTH - 1 - len(suffix)]}…{suffix}"
    return name or None


def original_name(filename: str, title: str | None) -> str | None:
    """The name a file had on its sender's machine, as `plain_name`.

    Where that has letters that Discord does not take in a file name, they are in the title alone.
    """
    if not title:
        return plain_name(filename)
    suffix = PurePath(filename).suffix
    return plain_name(title if title.lower().endswith(suffix.lower()) else f"{title}{suffix}")


def painting_alt(job: Job, words: Words) -> str:
    """`red_panda.webp in the style of Gogh4.webp`."""
    return _pair(job, words) or words("alt-painting-unnamed")


def preview_alt(job: Job, words: Words) -> str:
    """`red_panda.webp in the style of Gogh4.webp (in progress)`."""
    return words("alt-preview", painting=painting_alt(job, words))


def timelapse_alt(job: Job, words: Words) -> str:
    """`Timelapse of red_panda.webp in the style of Gogh4.webp`."""
    pair = _pair(job, words)
    return words("alt-timelapse-unnamed") if pair is None else words("alt-timelapse", painting=pair)


def content_alt(job: Job, words: Words) -> str:
    """`Content: red_panda.webp`."""
    name = _name(job.input("content"))
    return words("alt-content", name=name) if name else words("alt-content-unnamed")


def style_alt(job: Job, words: Words) -> str:
    """`Style: Gogh4.webp`."""
    name = _name(job.input("style"))
    return words("alt-style", name=name) if name else words("alt-style-unnamed")


def picture_names(job: Job) -> dict[str, str]:
    """The names of a job's pictures, as sentences about errors show them, by what the pictures are called there."""
    named = {str(CONTENT): _name(job.input("content")), str(STYLE): _name(job.input("style"))}
    return {called: escape_markdown(name) for called, name in named.items() if name}


def _pair(job: Job, words: Words) -> str | None:
    match _name(job.input("content")), _name(job.input("style")):
        case str() as content, str() as style:
            return words("alt-painting", content=content, style=style)
        case str() as content, None:
            return words("alt-painting-content", content=content)
        case None, str() as style:
            return words("alt-painting-style", style=style)
    return None


def _name(picture: Input) -> str | None:
    name = plain_name(picture.name)
    return name and escape_mentions(name)
