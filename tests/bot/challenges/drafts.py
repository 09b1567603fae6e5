"""Setting up challenges in tests: forms, cards, and who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage

from bot.challenges.challenge import Challenge, Phase
from bot.storage.challenges import ChallengeRecords
from tests.bot.challenges.making import Calendar
from tests.bot.conftest import OpenStudio, Studio, texts, walk

TEXT_INPUT = 4
"""Discord's type of component."""
MONDAY = datetime(2027, 3, 1, 12, tzinfo=UTC)
TEXTS = {"title": "Harbors", "theme": "Paint a harbor.", "opens": "now", "closes": "in 3 days", "ends": "in 5 days"}


class Stage:
    """A studio that goes by a calendar, and an organizer."""

    def __init__(self, studio: Studio, calendar: Calendar, organizer: MemberActor) -> None:
        self.studio = studio
        self.calendar = calendar
        self.organizer = organizer

    @classmethod
    async def open(cls, open_studio: OpenStudio, *, at: datetime = MONDAY, **settings: Any) -> Stage:
        """Open it at a time; the organizer may manage events."""
        calendar = Calendar()
        calendar.now = at
        studio = await calendar.open(open_studio, **settings)
        return cls(studio, calendar, member_who_may(studio, "olga", manage_events=True))

    async def form(self, *, by: MemberActor | None = None, **options: Any) -> InteractionResult:
        """Open the form with `/challenge create`."""
        return await (by or self.organizer).slash(self.studio.channel, "challenge create", **options)

    async def submit(self, form: InteractionResult, **changes: Any) -> ResponseMessage:
        """Send a form as it was filled in, with these changes, and return the message that answers it."""
        answer = await self.organizer.submit_modal(form, {**written_in(form), **changes})
        message = answer.followups[0] if answer.followups else answer.response
        assert message is not None
        return message

    async def draft(self, **changes: Any) -> ResponseMessage:
        """Make a draft, and return its card."""
        card = await self.submit(await self.form(), **{**TEXTS, **changes})
        assert card.ephemeral
        return card

    async def press(self, card: ResponseMessage, label: str) -> InteractionResult:
        """Press a button of the organizer's card."""
        return await self.organizer.click(card, label=label)

    async def choose(self, card: ResponseMessage, what: str, *values: Any) -> InteractionResult:
        """Choose from a menu of the organizer's card."""
        [menu] = [item["custom_id"] for item in walk(card.components) if f":setup:{what}:" in item.get("custom_id", "")]
        return await self.organizer.select(card, list(values), custom_id=menu)

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass, and everything run that is due by then."""
        self.calendar.now += by
        self.studio.clock.now += by.total_seconds()
        await self.settle()

    async def settle(self) -> None:
        """Let everything about challenges run that is due by now."""
        await self.calendar.settle(self.studio)

    async def challenges(self, *phases: Phase) -> list[Challenge]:
        """The challenges of the server in these phases (default: all), newest first."""
        records = ChallengeRecords(self.studio.app.sessions)
        return await records.of_guild(self.studio.guild.id, phases=phases or tuple(Phase))

    async def only(self, *phases: Phase) -> Challenge:
        """The only challenge in these phases."""
        [challenge] = await self.challenges(*phases)
        return challenge

    async def posted(self) -> str:
        """The only card in the channel, once it is there; Discord's own message about its thread may follow."""
        await self.studio.wait_until(lambda: bool(self.studio.channel.history()))
        [message] = [message for message in self.studio.channel.history() if not message.is_system()]
        return texts(message)


def member_who_may(studio: Studio, name: str, **permissions: bool) -> MemberActor:
    """Add a member with a role that has these permissions."""
    role = studio.guild.create_role(f"{name}s", permissions=discord.Permissions(**permissions))
    return studio.guild.add_member(studio.env.create_user(name), roles=[role])


def field(form: InteractionResult, name: str) -> dict[str, Any]:
    """A field of a form with its label and description."""
    assert form.modal is not None
    [found] = [item for item in form.modal["components"] if item["component"]["custom_id"] == name]
    return dict(found)


def menu_choice(card: ResponseMessage, what: str) -> list[str]:
    """What a menu of the card has chosen."""
    [menu] = [item for item in walk(card.components) if f":setup:{what}:" in item.get("custom_id", "")]
    return [option["label"] for option in menu.get("options", []) if option.get("default")]


def written_in(form: InteractionResult) -> dict[str, str]:
    """What is written in the text fields of a form before anybody changes it."""
    assert form.modal is not None
    fields = [item["component"] for item in form.modal["components"]]
    return {field["custom_id"]: field.get("value", "") for field in fields if field["type"] == TEXT_INPUT}
