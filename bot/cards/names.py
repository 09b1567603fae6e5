"""The names of members' pictures, and what a card says of a picture to those who cannot see it: its alt text."""

from __future__ import annotations

from pathlib import PurePath

from discord.utils import escape_mentions

from bot.painting.job import Input, Job

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


def painting_alt(job: Job) -> str:
    """`red_panda.webp in the style of Gogh4.webp`."""
    return _pair(job) or "The painting"


def preview_alt(job: Job) -> str:
    """`red_panda.webp in the style of Gogh4.webp (in progress)`."""
    return f"{painting_alt(job)} (in progress)"


def timelapse_alt(job: Job) -> str:
    """`Timelapse of red_panda.webp in the style of Gogh4.webp`."""
    return f"Timelapse of {_pair(job) or 'the painting'}"


def content_alt(job: Job) -> str:
    """`Content: red_panda.webp`."""
    name = _name(job.input("content"))
    return f"Content: {name}" if name else "Content picture"


def style_alt(job: Job) -> str:
    """`Style: Gogh4.webp`."""
    name = _name(job.input("style"))
    return f"Style: {name}" if name else "Style picture"


def _pair(job: Job) -> str | None:
    content, style = _name(job.input("content")), _name(job.input("style"))
    if content is None and style is None:
        return None
    return f"{content or 'A picture'} in the style of {style or 'another picture'}"


def _name(picture: Input) -> str | None:
    name = plain_name(picture.name)
    return name and escape_mentions(name)
