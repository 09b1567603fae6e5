"""Every error is one sentence that a member can use."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from discord import app_commands

import bot.errors
from bot.errors import SOMETHING_WENT_WRONG, AtelierError, TooManyJobs, sentence_for
from bot.painting.estimates import Estimate
from stylizer.pool import WorkerDied

SOURCE = Path(bot.errors.__file__).read_text(encoding="utf-8")

EXAMPLES: list[AtelierError] = [
    bot.errors.WrongFileType("The content picture", "notes.txt"),
    bot.errors.FileTooLarge("The content picture", 30 * 2**20, 25 * 2**20),
    bot.errors.FileTooLarge("The content picture", None, 25 * 2**20),
    bot.errors.FileTooLarge("The content picture", None, 25 * 2**20, declared=False),
    bot.errors.NoPictureThere(),
    bot.errors.VectorSticker(),
    bot.errors.NoPictureChosen("The content picture", ("content", "content_link", "last_picture")),
    bot.errors.TooManyPicturesChosen("The style picture", ("style", "style_link")),
    bot.errors.NotAPictureLink("The style picture"),
    bot.errors.NotAPictureLink("The content picture", is_message=True),
    bot.errors.NoRecentPicture(50, sees_all=True),
    bot.errors.NoRecentPicture(50, sees_all=False),
    bot.errors.ChannelUnreadable(),
    bot.errors.ChannelUnreadable(("view_channel", "read_message_history")),
    bot.errors.ChannelUnreadable(later=True),
    bot.errors.FormOutdated(),
    bot.errors.FormPictureForgotten(),
    bot.errors.ButtonOutdated(),
    bot.errors.MissingPermissions(("attach_files", "send_messages")),
    bot.errors.TooManyJobs(1),
    bot.errors.TooManyJobs(3),
    bot.errors.TooManyJobs(3, Estimate(datetime.now(UTC))),
    bot.errors.ServerBusy(1),
    bot.errors.ServerBusy(50, Estimate(None)),
    bot.errors.QueueFull(100),
    bot.errors.QueueFull(100, Estimate(datetime.now(UTC))),
    bot.errors.DailyLimitReached("member", 1, datetime.now(UTC)),
    bot.errors.DailyLimitReached("member here", 10, datetime.now(UTC)),
    bot.errors.DailyLimitReached("server", 500, datetime.now(UTC)),
    bot.errors.AlreadyAsked(),
    bot.errors.NotYours("cancel", 1),
    bot.errors.NotYours("delete", 1, 2),
    bot.errors.VariationsByOwnerOnly(1),
    bot.errors.AlreadyFinished(),
    bot.errors.TooLateToCancel(),
    bot.errors.PausedUntilRestart(),
    bot.errors.Superseded(),
    bot.errors.AlreadyDeleted(),
    bot.errors.MessageNotDeleted("Discord can't be reached"),
    bot.errors.PaintingForgotten(),
    bot.errors.MessageGone(),
    bot.errors.PaintingGivenUp(),
    bot.errors.PaintingUnreadable(),
    bot.errors.AlreadyRunning(Path("data")),
    bot.errors.DatabaseInUse("atelier at localhost"),
    bot.errors.DatabaseTaken("atelier at localhost"),
    bot.errors.DatabaseUsedMeanwhile("atelier at localhost"),
    bot.errors.DiskFull(),
    bot.errors.ChannelNotAllowed(("<#1>", "<#2>")),
    bot.errors.ChannelNotAllowed(tuple(f"<#{2**62 + n}>" for n in range(25))),
    bot.errors.ChannelNotAllowed(()),
    bot.errors.RoleNotAllowed(("<@&1>",)),
    bot.errors.RoleNotAllowed(()),
    bot.errors.SizeNotAllowed(1024, 512),
    bot.errors.SizeBeyondMemory(2048, 1536),
    bot.errors.SizeBeyondMemory(2048, 0),
    bot.errors.NotAManager(),
    bot.errors.NotANumberOfPaintings("many", 50),
    bot.errors.ShuttingDown(),
    bot.errors.ForeignHost("The content picture"),
    bot.errors.AttachmentGone("The content picture", 404),
    bot.errors.DownloadFailed("The content picture"),
    bot.errors.Undeliverable("it is forbidden"),
    bot.errors.TokenMissing(),
    bot.errors.TokenMalformed(),
    bot.errors.TokenRefused(),
    bot.errors.WorkerUserUnusable("painter", "there is no such user"),
    bot.errors.DiscordUnreachable("https://discord.com/api/v10", "no route"),
    bot.errors.CannotListen("127.0.0.1", 8080, "address already in use"),
    bot.errors.DatabaseAway("database or disk is full"),
    bot.errors.DatabaseUnusable("PostgreSQL at localhost/atelier", "connection refused"),
    bot.errors.DatabaseDamaged("data/atelier.sqlite3", "file is not a database"),
    bot.errors.DatabaseLocked("data/atelier.sqlite3"),
    bot.errors.DatabaseNotWritable("data/atelier.sqlite3", "attempt to write a readonly database"),
    bot.errors.DatabaseTooNew("data/atelier.sqlite3", "0009"),
    bot.errors.DatabaseDriverMissing(),
]


def leaves(error: type[AtelierError]) -> set[type[AtelierError]]:
    """The errors below this one that nothing is derived from."""
    below = error.__subclasses__()
    return {leaf for child in below for leaf in leaves(child)} if below else {error}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_says_itself_in_a_sentence(error: AtelierError) -> None:
    sentence = sentence_for(error)

    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert len(sentence) < 400


def test_every_error_has_an_example() -> None:
    assert {type(error) for error in EXAMPLES} == leaves(AtelierError)


def test_the_tree_is_drawn_as_it_stands() -> None:
    drawing = ast.get_docstring(ast.parse(SOURCE)) or ""
    drawn = {line.strip(" ├└─│").split()[0] for line in drawing.splitlines() if "─" in line}

    def below(error: type[AtelierError]) -> set[str]:
        return {error.__name__}.union(*(below(child) for child in error.__subclasses__()))

    assert drawn == below(AtelierError) - {"AtelierError"}


def test_the_painters_errors_are_told_as_they_are() -> None:
    assert sentence_for(WorkerDied(-9)) == str(WorkerDied(-9))


def test_an_error_inside_of_a_command_is_what_is_told() -> None:
    @app_commands.command(name="x", description="x")
    async def command(_interaction: object) -> None: ...

    error = app_commands.CommandInvokeError(command, TooManyJobs(3))
    assert sentence_for(error) == str(TooManyJobs(3))


def test_an_unexpected_error_tells_nothing_of_itself() -> None:
    assert sentence_for(ZeroDivisionError("secret")) == SOMETHING_WENT_WRONG


def test_a_command_that_changed_meanwhile_is_explained() -> None:
    assert "Reload Discord" in sentence_for(app_commands.CommandNotFound("old", []))
