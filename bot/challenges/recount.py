"""`python -m bot recount`: counts the votes of an exported challenge again."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.challenges.ballot_file import Ballots, hash_of
from bot.challenges.challenge import Voting
from bot.challenges.entry import Standing
from bot.challenges.export.contents import BALLOTS, DATA
from bot.challenges.score import win_percent
from bot.challenges.standings import standings_of
from bot.errors import BallotsChanged, ExportUnreadable, RecountError

EXIT_FAILURE = 1


@dataclass(frozen=True, slots=True)
class Recount:
    """Votes that were counted again."""

    ballots: Ballots
    sha256: str
    """Of the file with the ballots."""
    standings: Mapping[int, Standing]
    is_hash_published: bool
    """Whether a published hash is known, which this one is then."""
    published: Mapping[int, int]
    """The places by number, as far as they are known."""
    is_tie_decided: bool

    @property
    def differing(self) -> list[int]:
        """The entries whose published place isn't the one that was computed, nor what a decided tie made of it."""
        computed = {number: self.standings[number].place for number in self.published}
        return [
            number
            for number, place in self.published.items()
            if computed[number] != place and not (self.is_tie_decided and (computed[number], place) == (1, 2))
        ]


def recount_votes(path: Path, published_sha256: str | None = None) -> Recount:
    """Count the votes in the first ZIP of an export again, or in its `ballots.json` alone.

    Raises `ExportUnreadable`, `BallotsUnreadable`, and `BallotsChanged` if they don't have the published hash.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                file, data = archive.read(BALLOTS), json.loads(archive.read(DATA))
        else:
            file, data = path.read_bytes(), {}
        published = {entry["number"]: entry["standing"]["place"] for entry in data.get("entries", ())}
    except KeyError as error:
        raise ExportUnreadable(path, str(error.args[0])) from error
    except (OSError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ExportUnreadable(path, str(error)) from error
    expected, sha256 = published_sha256 or data.get("ballots_sha256"), hash_of(file)
    if expected is not None and expected.lower() != sha256:
        raise BallotsChanged(expected, sha256)
    ballots = Ballots.decode(file)
    standings = standings_of(ballots)
    known = {number: place for number, place in published.items() if number in standings}
    return Recount(
        ballots,
        sha256,
        standings,
        is_hash_published=expected is not None,
        published=known,
        is_tie_decided=bool(data.get("tie_decided")),
    )


@click.command()
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--hash", "published", metavar="SHA256", help="Hash that was published with the results.")
def recount(export: Path, published: str | None) -> None:
    """Count the votes of a challenge again, from its export.

    EXPORT is the (first) ZIP file that /challenge export sent, or the ballots.json in it. Checks that the ballots have
    the published hash, and prints the places that follow from them. Exit code 1 if the hash or a place differs.
    """
    try:
        result = recount_votes(export, published)
    except RecountError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_FAILURE)
    print_recount(result, Console())
    sys.exit(EXIT_FAILURE if result.differing else 0)


def print_recount(result: Recount, console: Console) -> None:
    """Print the places, and what is right or wrong about them."""
    is_duels = result.ballots.voting is Voting.DUELS
    table = Table("place", "entry", *(("wins", "95%", "won-lost-equal") if is_duels else ("votes",)))
    for number, standing in result.standings.items():
        table.add_row(str(standing.place), str(number), *_figures(standing, is_duels=is_duels))
    console.print(table)
    voters, cast = result.ballots.voters, result.ballots.votes_cast
    kind = "duel" if is_duels else "vote"
    console.print(f"{voters} voter{'s' * (voters != 1)}, {cast} {kind}{'s' * (cast != 1)}")
    note = "as published" if result.is_hash_published else "compare it with the published one"
    console.print(f"SHA-256 {result.sha256} ({note})", soft_wrap=True)
    if result.is_tie_decided:
        console.print("The organizers chose the winner among the entries that share the first place.")
    if result.differing:
        console.print(f"These entries were published with a different place: {', '.join(map(str, result.differing))}.")
    elif result.published:
        console.print("All places are as published.")


def _figures(standing: Standing, *, is_duels: bool) -> tuple[str, ...]:
    if not is_duels:
        return (str(round(standing.score)),)
    low, high = win_percent(standing.score_low), win_percent(standing.score_high)
    duels = f"{standing.wins}-{standing.losses}-{standing.equals}"
    return f"{win_percent(standing.score)}%", f"{low}-{high}%", duels
