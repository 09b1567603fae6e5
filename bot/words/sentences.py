"""The one place where an error becomes what a member reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discord import app_commands

from bot.words.error import WordedError, fields_of, key_of_class
from bot.words.values import PictureCalled
from bot.words.words import Words
from stylizer.pool import PictureError, PictureRole, StylizerError, WorkerDied

NO_NAMES: Mapping[PictureRole, str] = {}


def sentence_for(error: BaseException, words: Words, *, names: Mapping[PictureRole, str] = NO_NAMES) -> str:
    """The sentence that a member reads when this error stops what they asked for.

    `names` has the names of the pictures' files, if known, by their roles.
    """
    match error:
        case WordedError():
            return words(error.key, **_named(error.sentence_fields(), names))
        case StylizerError():
            return words(painter_key(error), **_named(painter_fields(error), names))
        case app_commands.CommandInvokeError():
            return sentence_for(error.original, words, names=names)
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return words("command-outdated")
        case _:
            return words("something-went-wrong")


def painter_key(error: StylizerError) -> str:
    """The key of a painter's error: its class's name, and if it has several sentences, which one."""
    key = key_of_class(type(error))
    match fields_of(error):
        case {"kind": kind}:
            key += f"-{kind}"
        case {"percent": None}:
            key += "-coarse"
        case {"percent": 0}:
            key += "-beginning"
        case {"styles": 1}:
            key += "-of-one-style"
        case {"largest_px": None}:
            key += "-unknown"
        case {"largest_px": 0} | {"needed_px": None}:
            key += "-any"
        case {"exit_code": _} if isinstance(error, WorkerDied) and error.is_out_of_memory:
            key += "-out-of-memory"
    return key


def painter_fields(error: StylizerError) -> dict[str, Any]:
    """The fields of a painter's error, and what its picture is called."""
    picture = {"picture": PictureCalled(error.picture)} if isinstance(error, PictureError) else {}
    return {**fields_of(error), **picture}


def _named(fields: dict[str, Any], names: Mapping[PictureRole, str]) -> dict[str, Any]:
    return {
        name: _called(value, names) if isinstance(value, PictureCalled) else value
        for name, value in fields.items()
        if value is not None
    }


def _called(picture: PictureCalled, names: Mapping[PictureRole, str]) -> PictureCalled | str:
    role = picture.name.role
    return picture if role is None else names.get(role, picture)
