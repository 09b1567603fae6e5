"""A challenge that is open, and members who enter it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.challenges.challenge import Challenge, FixedPicture
from bot.painting.job import InputRole
from tests.bot.challenges.making import Calendar, add_challenge
from tests.bot.conftest import CONTENT, Studio, labels, walk

RESULT = ["painting.png", "progress.gif"]
BUTTONS = ["Submit", "Try another seed", "Stronger style", "Discard"]


async def fixed(studio: Studio, role: InputRole, file: tuple[str, bytes], **fields: Any) -> FixedPicture:
    """A picture in the store that is the same for all, leased because no challenge has it yet."""
    name, data = file
    store = studio.app.client.studio.pictures.store
    sha256 = await store.put(data, lease=studio.leases.enter_context(store.lease()))
    return FixedPicture(role, sha256, name=name, **fields)


async def opened(studio: Studio, calendar: Calendar, *pictures: FixedPicture, **fields: Any) -> Challenge:
    """Announce a challenge that is open for a day, with these pictures for all."""
    draft = await add_challenge(studio, **{"now": calendar.now, "opens_at": calendar.now, "fixed": pictures, **fields})
    challenge = await studio.app.client.studio.life.announce(draft)
    await calendar.settle(studio)
    return challenge


def announcement(studio: Studio) -> Any:
    """The card of the first challenge."""
    return next(item for item in studio.channel.history() if item.components and not item.flags.ephemeral)


async def begin(studio: Studio, *, by: MemberActor | None = None) -> InteractionResult:
    """Press Enter as a member (default: Alice), and return what it shows."""
    return await (by or studio.alice).click(announcement(studio), label="Enter")


async def paint(studio: Studio, *, by: MemberActor | None = None, **filled: Any) -> InteractionResult:
    """Enter with a picture, and return the answer once it is painted."""
    form = await begin(studio, by=by)
    assert form.modal is not None, form
    answer = await (by or studio.alice).submit_modal(form, {"content": CONTENT, **filled})
    await painted(studio, answer)
    return answer


async def painted(studio: Studio, *answers: InteractionResult) -> None:
    """Let paintings for a challenge finish in these answers."""
    studio.gate.open()
    await studio.wait_until(lambda: all("Submit" in labels(answer.response) for answer in answers))


async def entered(studio: Studio, *, by: MemberActor | None = None, **filled: Any) -> InteractionResult:
    """Enter with a picture and submit it, and return the answer with the painting."""
    answer = await paint(studio, by=by, **filled)
    assert answer.response is not None
    await (by or studio.alice).click(answer.response, label="Submit")
    return answer


async def mine(studio: Studio, *, by: MemberActor | None = None) -> Any:
    """Press My entries, and return the card."""
    answer = await (by or studio.alice).click(announcement(studio), label="My entries")
    assert answer.response is not None
    assert answer.response.ephemeral
    return answer.response


def fields(form: InteractionResult) -> dict[str, dict[str, Any]]:
    """The fields of a form by their IDs."""
    assert form.modal is not None
    return {item["component"]["custom_id"]: item["component"] for item in form.modal["components"]}


def options(components: Sequence[Any]) -> dict[str, str]:
    """The entries of the menus on a card, by their labels."""
    menus = [item for item in walk(components) if item["type"] == 3]
    return {option["label"]: option["value"] for menu in menus for option in menu["options"]}


def entry_messages(studio: Studio) -> list[Any]:
    """The messages in the challenge's thread, from the first."""
    [thread] = studio.channel.threads
    return [message for message in thread.history() if message.components]
