"""How each entry did, computed from nothing but the anonymous ballots: anyone can do it again."""

from __future__ import annotations

from bot.challenges.ballot_file import Ballots
from bot.challenges.challenge import Voting
from bot.challenges.entry import Standing
from bot.challenges.placing import place_by_duels, place_by_votes
from bot.challenges.tally import Tally


def standings_of(ballots: Ballots) -> dict[int, Standing]:
    """The standing of every entry, by its number, the best first. Takes a while: call it in a thread.

    If nobody voted, all share the first place.
    """
    if ballots.voting is Voting.DUELS:
        return {
            placed.entry: Standing(
                place=placed.place,
                score=placed.strength,
                score_low=placed.lowest,
                score_high=placed.highest,
                wins=placed.won,
                losses=placed.lost,
                equals=placed.equal,
            )
            for placed in place_by_duels(Tally(ballots.entries, ballots.every_duel()))
        }
    return {
        placed.entry: Standing(placed.place, placed.votes, placed.votes, placed.votes)
        for placed in place_by_votes(ballots.votes_by_entry())
    }


def first_place(standings: dict[int, Standing]) -> list[int]:
    """The numbers of the entries that share the first place."""
    return [number for number, standing in standings.items() if standing.place == 1]
