"""Everything about a challenge that has ended, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.challenges.export.contents import Export, ExportedEntry

SCHEMA = 1
"""Of the file: another number means that a program for the old one would misunderstand it."""


def data_of(export: Export) -> bytes:
    """The file. IDs of Discord are texts, because they are too long for the numbers of some languages."""
    challenge = export.challenge
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "challenge": challenge.challenge_id,
        "title": challenge.title,
        "theme": challenge.theme,
        "server_id": str(challenge.guild_id),
        "organizer_id": str(challenge.organizer_id),
        "opened_at": _time(challenge.opens_at),
        "closed_at": _time(challenge.voting_opened_at or challenge.closes_at),
        "ended_at": _time(challenge.ended_at),
        "fixed": [{"role": picture.role, "name": picture.name} for picture in challenge.fixed],
        "recipe": challenge.recipe_name,
        "entries_per_member": challenge.entries_per_member,
        "voting": challenge.voting.value,
        "votes_per_member": challenge.votes_per_member,
        "ties": challenge.ties.value,
        "tie_decided": challenge.is_tie_decided,
        "voters": challenge.voters,
        "votes_cast": challenge.votes_cast,
        "ballots_sha256": challenge.ballots_sha256,
        "entries": [_entry(entry) for entry in export.entries],
    }
    return json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n"


def _entry(exported: ExportedEntry) -> dict[str, Any]:
    entry, job = exported.entry, exported.job
    options = asdict(job.options)
    recipe = options.pop("recipe_name")
    return {
        "number": entry.number,
        "member_id": str(entry.member_id),
        "member": exported.name,
        "submitted_at": _time(entry.submitted_at),
        "painting": None if exported.painting is None else exported.painting.name,
        "spoiler": job.is_spoiler,
        "recipe": recipe,
        "options": options,
        "standing": None if entry.standing is None else asdict(entry.standing),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
