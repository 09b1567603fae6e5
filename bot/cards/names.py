"""What a card says of a picture to those who cannot see it: its alt text."""

from __future__ import annotations

from discord.utils import escape_mentions

from bot.painting.job import Input, Job
from bot.sources.names import plain_name


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
