"""Alt texts: how cards describe their pictures to members who can't see them."""

from __future__ import annotations

from discord.utils import escape_markdown, escape_mentions

from bot.painting.job import Input, Job, JobKind
from bot.sources.names import plain_name
from bot.words import Words
from stylizer.pool import PictureRole


def painting_alt(job: Job, words: Words) -> str:
    """`red_panda.webp in the style of Gogh4.webp`."""
    return _pair(job, words) or words("alt-painting-unnamed")


def board_alt(job: Job, words: Words) -> str:
    """`Nine small paintings of red_panda.webp, numbered`."""
    name = _name(job.input("content"))
    number = len(job.cells)
    return words("alt-board", number=number, name=name) if name else words("alt-board-unnamed", number=number)


def result_alt(job: Job, words: Words) -> str:
    """What a finished job shows: a board's sheet, or a painting."""
    return board_alt(job, words) if job.kind is JobKind.BOARD else painting_alt(job, words)


def preview_alt(job: Job, words: Words) -> str:
    """`red_panda.webp in the style of Gogh4.webp (in progress)`."""
    return words("alt-preview", painting=painting_alt(job, words))


def timelapse_alt(job: Job, words: Words) -> str:
    """`Timelapse of red_panda.webp in the style of Gogh4.webp`."""
    pair = _pair(job, words)
    return words("alt-timelapse-unnamed") if pair is None else words("alt-timelapse", painting=pair)


def comparison_alt(job: Job, words: Words) -> str:
    """`Before and after: red_panda.webp in the style of Gogh4.webp`."""
    return words("alt-comparison", painting=painting_alt(job, words))


def wipe_alt(job: Job, words: Words) -> str:
    """`Animation from before to after: red_panda.webp in the style of Gogh4.webp`."""
    return words("alt-wipe", painting=painting_alt(job, words))


def content_alt(job: Job, words: Words) -> str:
    """`Content: red_panda.webp`."""
    name = _name(job.input("content"))
    return words("alt-content", name=name) if name else words("alt-content-unnamed")


def style_alt(style: Input, words: Words) -> str:
    """`Style: Gogh4.webp`."""
    name = _name(style)
    return words("alt-style", name=name) if name else words("alt-style-unnamed")


def picture_names(job: Job) -> dict[PictureRole, str]:
    """The file names of a job's pictures by what errors call them; not those of a board's styles."""
    names = zip(job.picture_roles, map(_name, job.inputs), strict=True)
    return {role: escape_markdown(name) for role, name in names if name and not (job.cells and role == "style")}


def _pair(job: Job, words: Words) -> str | None:
    match _name(job.input("content")), _style_names(job, words):
        case str() as content, str() as style:
            return words("alt-painting", content=content, style=style)
        case str() as content, None:
            return words("alt-painting-content", content=content)
        case None, str() as style:
            return words("alt-painting-style", style=style)
    return None


def _style_names(job: Job, words: Words) -> str | None:
    """`Gogh4.webp`, or for a blend `Amber and Birch`; None unless all names are known."""
    styles = job.styles if job.is_blend else job.styles[:1]
    names = [name for name in map(_name, styles) if name]
    return words.listed(names) if names and len(names) == len(styles) else None


def _name(picture: Input) -> str | None:
    name = plain_name(picture.name)
    return name and escape_mentions(name)
