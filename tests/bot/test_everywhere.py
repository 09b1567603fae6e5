"""Commands, buttons, menus and forms wherever a member can use them, in two languages and after a restart.

On a server, in a direct message, and where only the member has installed the bot: on a server without it, and in a
group. What each control does in all its variants is described in the file of its command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import discord
import pytest
from simcord.results import InteractionResult

from bot.gallery.style import is_stored_id
from tests.bot.conftest import (
    CONTENT,
    STYLE,
    OpenStudio,
    Studio,
    actions,
    ephemeral_text,
    files,
    form_options,
    labels,
    override_interactions,
    picture,
    texts,
    walk,
)
from tests.bot.test_edit import filled_in

RESULT = ["painting.png", "progress.gif"]
WAVES = ("waves.png", picture("navy"))
FOREIGN_SERVER_ID = 2**60
"""A server without the bot."""


class Place(StrEnum):
    """Where a member uses the bot."""

    SERVER = "a server"
    DIRECT = "a direct message"
    FOREIGN_SERVER = "a server without the bot"
    GROUP = "a group"


IS_SERVER = frozenset({Place.SERVER, Place.FOREIGN_SERVER})
IS_INSTALLED_BY_MEMBER = frozenset({Place.FOREIGN_SERVER, Place.GROUP})

ENGLISH: Mapping[str, str] = {
    "again": "Again",
    "board": "### Ideas to choose from",
    "number": "Number 3 of [this board](https://discord.com/channels/",
    "more": "More like number 2 of [this board](https://discord.com/channels/",
    "new board": "New board",
    "other styles": "Other styles than [this board](https://discord.com/channels/",
    "edit": "Edit…",
    "edit form": "Edit this painting",
    "edited": "Edited from [this painting](https://discord.com/channels/",
    "strength": "strength 0.5 → 2",
    "unchanged": "You changed nothing.",
    "compare": "Compare with the content",
    "comparison": "Before and after, side by side and as a GIF:",
    "original": "Original file",
    "original file": "The painting as a file, exactly as it was painted: 64 × 43 px",
    "save": "Save as style",
    "saved": "Saved · Just for you",
    "colors": "Keep the content's colors",
    "other colors": "[This painting](https://discord.com/channels/",
    "share": "Share in the showcase",
    "no showcase": "This server has no showcase channel.",
    "not added": "Paintings can be shared only on servers that have added Atelier",
    "preferences": "## Your preferences",
    "painterly": "**Recipe:** Painterly",
    "painterly here": "**Recipe:** Server default (here: Painterly)",
    "draft": "**Recipe:** Draft",
    "on": "**Only I can see my paintings:** on",
    "reset": "Reset preferences",
    "styles": "## Styles\n-# Just for you · 1 style",
    "built in": "## Styles\n-# Built in",
    "yours": "Waves · yours",
    "rename": "Rename…",
    "rename form": "Rename style",
    "remove": "Remove",
    "remove?": "## Remove “Storm”?",
    "cancel": "Cancel",
    "stays": "The style stays.",
    "removed": "The style “Storm” is removed.",
    "no style": "There's no style called “Storm” that you can use here.",
    "no server": "There are no server styles here.",
    "unreadable": "Atelier can't read this channel's messages.",
}
GERMAN: Mapping[str, str] = {
    "again": "Noch mal",
    "board": "### Ideen zur Auswahl",
    "number": "Nummer 3 von [dieser Auswahl](https://discord.com/channels/",
    "more": "Mehr wie Nummer 2 von [dieser Auswahl](https://discord.com/channels/",
    "new board": "Neue Auswahl",
    "other styles": "Andere Stile als in [dieser Auswahl](https://discord.com/channels/",
    "edit": "Bearbeiten …",
    "edit form": "Gemälde bearbeiten",
    "edited": "Bearbeitet aus [diesem Gemälde](https://discord.com/channels/",
    "strength": "Stärke 0,5 → 2",
    "unchanged": "Du hast nichts geändert.",
    "compare": "Mit dem Motiv vergleichen",
    "comparison": "Vorher und nachher, nebeneinander und als GIF:",
    "original": "Originaldatei",
    "original file": "Das Gemälde als Datei, genau wie es gemalt wurde: 64 × 43 px",
    "save": "Als Stil speichern",
    "saved": "Gespeichert · Nur für dich",
    "colors": "Originalfarben behalten",
    "other colors": "[Dieses Gemälde](https://discord.com/channels/",
    "share": "Im Galeriekanal teilen",
    "no showcase": "Dieser Server hat keinen Galeriekanal.",
    "not added": "Teilen geht nur auf Servern, auf denen Atelier installiert ist",
    "preferences": "## Deine Einstellungen",
    "painterly": "**Rezept:** Malerisch",
    "painterly here": "**Rezept:** Wie auf dem Server eingestellt (hier: Malerisch)",
    "draft": "**Rezept:** Entwurf",
    "on": "**Nur ich sehe meine Gemälde:** an",
    "reset": "Einstellungen zurücksetzen",
    "styles": "## Stile\n-# Nur für dich · 1 Stil",
    "built in": "## Stile\n-# Mitgeliefert",
    "yours": "Waves · deiner",
    "rename": "Umbenennen …",
    "rename form": "Stil umbenennen",
    "remove": "Entfernen",
    "remove?": "## „Storm“ entfernen?",
    "cancel": "Abbrechen",
    "stays": "Der Stil bleibt.",
    "removed": "Der Stil „Storm“ ist entfernt.",
    "no style": "Hier gibt es keinen Stil namens „Storm“, den du benutzen kannst.",
    "no server": "Hier gibt es keine Server-Stile.",
    "unreadable": "Atelier kann die Nachrichten in diesem Kanal nicht lesen.",
}


@dataclass(frozen=True)
class Guest:
    """Alice, somewhere."""

    studio: Studio
    place: Place
    says: Mapping[str, str]
    """What the bot says, in her language."""

    @property
    def actor(self) -> Any:
        """Who presses and chooses."""
        return self.studio.alice if self.place in IS_SERVER else self.studio.alice.user

    async def slash(self, name: str, /, **options: Any) -> InteractionResult:
        """Send a command."""
        channel = (self.studio.channel,) if self.place in IS_SERVER else ()
        answer: InteractionResult = await self.actor.slash(*channel, name, **options)
        return answer

    async def suggested(self, typed: str) -> list[str]:
        """Return the names of members' styles that are suggested for `/style show`."""
        channel = (self.studio.channel,) if self.place in IS_SERVER else ()
        choices = await self.actor.autocomplete(*channel, "style show", "style", typed)
        return [choice["name"] for choice in choices if is_stored_id(choice["value"])]

    async def press(self, message: Any, label: str) -> InteractionResult:
        """Press a button, or choose an entry of the menu below a painting, by what they are called."""
        label = self.says.get(label, label)
        if (action := actions(message).get(label)) is not None:
            return await self.select(message, action)
        answer: InteractionResult = await self.actor.click(message, label=label)
        return answer

    async def select(self, message: Any, value: str, menu: str | None = None) -> InteractionResult:
        """Choose an entry of a menu."""
        answer: InteractionResult = await self.actor.select(message, [value], custom_id=menu)
        return answer

    async def submit(self, form: InteractionResult, /, **values: Any) -> InteractionResult:
        """Send a form."""
        answer: InteractionResult = await self.actor.submit_modal(form, values)
        return answer

    async def painting(self, **options: Any) -> Any:
        """Return the message of her finished painting."""
        answer = await self.slash("stylize", content=CONTENT, style=STYLE, size=64, **options)
        await self.studio.finish()
        return shown(answer, RESULT)


def shown(answer: InteractionResult, names: list[str]) -> Any:
    """Return a message that everybody there sees, with these files."""
    assert answer.response is not None
    assert not answer.response.ephemeral
    assert files(answer.response) == names, texts(answer.response)
    return answer.response


def only_for_her(answer: InteractionResult) -> Any:
    """Return a message that nobody else sees."""
    assert answer.response is not None
    assert answer.response.ephemeral
    return answer.response


SPOKEN: Mapping[Place, Mapping[str, str]] = {
    Place.SERVER: GERMAN,
    Place.DIRECT: ENGLISH,
    Place.FOREIGN_SERVER: ENGLISH,
    Place.GROUP: GERMAN,
}
"""The files of the commands describe in English what happens on a server."""


@pytest.fixture(params=Place)
async def alice(request: pytest.FixtureRequest, open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """Alice somewhere; the others there speak English."""
    studio: Studio = await open_studio()
    place: Place = request.param
    says = SPOKEN[place]
    changes: dict[str, Any] = {"locale": "de" if says is GERMAN else "en-US"}
    if place in IS_INSTALLED_BY_MEMBER:
        changes["authorizing_integration_owners"] = {"1": str(studio.alice.id)}
        changes["app_permissions"] = str(discord.Permissions(attach_files=True).value)
    if place is Place.FOREIGN_SERVER:
        guild = {"id": str(FOREIGN_SERVER_ID), "locale": "en-US", "features": []}
        changes |= {"guild_id": guild["id"], "guild": guild, "guild_locale": "en-US"}
    if place is Place.GROUP:
        channel = {"id": str(studio.alice.user.dm_channel.id), "type": discord.ChannelType.group.value}
        changes |= {"channel": {**channel, "name": None, "recipients": []}, "context": 2}
    override_interactions(monkeypatch, **changes)
    return Guest(studio, place, says)


async def test_a_board_can_be_painted_from_varied_and_replaced(alice: Guest) -> None:
    answer = await alice.slash("explore", content=CONTENT, pictures=4)
    await alice.studio.finish()
    board = shown(answer, ["board.jpg"])
    assert texts(board).startswith(alice.says["board"])
    await alice.studio.restart()

    answers = [await alice.press(board, "3"), await alice.select(board, "2"), await alice.press(board, "new board")]
    await alice.studio.finish()
    large, more, new = map(shown, answers, (RESULT, ["board.jpg"], ["board.jpg"]))

    assert f"-# {alice.says['number']}" in texts(large)
    assert alice.says["again"] in labels(large)
    assert f"-# {alice.says['more']}" in texts(more)
    assert labels(more)[:9] == [str(number) for number in range(1, 10)]
    assert f"-# {alice.says['other styles']}" in texts(new)
    assert labels(new)[:4] == ["1", "2", "3", "4"]


async def test_a_painting_can_be_edited(alice: Guest) -> None:
    painting = await alice.painting(style_strength=0.5)
    form = await alice.press(painting, "edit")
    assert form.modal is not None
    assert form.modal["title"] == alice.says["edit form"]
    await alice.studio.restart()
    alice.studio.gate.open()

    answer = await alice.submit(form, **{**filled_in(form), "strength": ["2.0"]})
    form = await alice.press(painting, "edit")
    unchanged = await alice.submit(form, **filled_in(form))

    edited = texts(shown(answer, RESULT))
    assert f"-# {alice.says['edited']}" in edited
    assert alice.says["strength"] in edited
    assert ephemeral_text(unchanged).startswith(alice.says["unchanged"])


async def test_the_menu_below_a_painting_compares_sends_saves_and_recolors_it(alice: Guest) -> None:
    painting = await alice.painting()
    await alice.studio.restart()
    alice.studio.gate.open()

    compared = only_for_her(await alice.press(painting, "compare"))
    original = only_for_her(await alice.press(painting, "original"))
    form = await alice.press(painting, "save")
    saved = only_for_her(await alice.submit(form, name="Mine"))
    kept = shown(await alice.press(painting, "colors"), RESULT)
    assert (alice.says["share"] in actions(painting)) is (alice.place in IS_SERVER)
    if alice.place in IS_SERVER:
        refused = ephemeral_text(await alice.press(painting, "share"))
        assert refused.startswith(alice.says["no showcase" if alice.place is Place.SERVER else "not added"])

    assert texts(compared) == alice.says["comparison"]
    assert files(compared) == ["comparison.jpg", "wipe.gif"]
    assert texts(original).startswith(alice.says["original file"])
    assert form.modal is not None
    assert form.modal["title"] == alice.says["save"]
    assert [option["value"] for option in form_options(form.modal, "which")] == ["painting", "style"]
    assert texts(saved).startswith(f"{alice.says['saved']}\n### Mine")
    assert f"-# {alice.says['other colors']}" in texts(kept)
    assert alice.studio.engine.jobs[-1].recipe.colors == "content"


async def test_preferences_are_chosen_applied_and_reset(alice: Guest) -> None:
    card = only_for_her(await alice.slash("preferences"))
    is_server = alice.place in IS_SERVER
    assert texts(card).startswith(alice.says["preferences"])
    assert alice.says["painterly here" if is_server else "painterly"] in texts(card)
    await alice.studio.restart()

    await alice.select(card, "draft", "atelier:preferences:recipe")
    await alice.actor.click(card, custom_id="atelier:preferences:private:on")
    changed = texts(card)
    answer = await alice.slash("stylize", content=CONTENT, style=STYLE, size=64)
    await alice.studio.finish()
    await alice.press(card, "reset")

    assert alice.says["draft"] in changed
    assert alice.says["on"] in changed
    assert files(only_for_her(answer)) == RESULT
    assert alice.studio.engine.jobs[-1].recipe.name == "draft"
    assert alice.says["painterly here" if is_server else "painterly"] in texts(card)
    assert alice.says["reset"] not in labels(card)


async def test_a_members_own_style_is_found_shown_renamed_and_removed(alice: Guest) -> None:
    added = only_for_her(await alice.slash("style add", picture=WAVES, name="Waves"))
    assert texts(added).startswith(f"{alice.says['saved']}\n### Waves")
    assert labels(added) == [alice.says["rename"], alice.says["remove"]]
    page = only_for_her(await alice.slash("style list", where="shelf"))
    assert texts(page).startswith(alice.says["styles"])
    await alice.studio.restart()

    assert await alice.suggested("wvaes") == [alice.says["yours"]]
    [menu] = [item for item in walk(page.components) if item.get("custom_id") == "atelier:styles:show"]
    from_list = only_for_her(await alice.select(page, menu["options"][0]["value"], "atelier:styles:show"))
    by_name = only_for_her(await alice.slash("style show", style="waves"))
    assert texts(from_list) == texts(by_name)
    assert "### Waves" in texts(by_name)
    await alice.select(page, "builtin", "atelier:styles:scope")
    assert texts(page).startswith(alice.says["built in"])

    form = await alice.press(added, "rename")
    assert form.modal is not None
    assert form.modal["title"] == alice.says["rename form"]
    assert "### Sea" in texts(only_for_her(await alice.submit(form, name="Sea")))
    assert "### Storm" in texts(only_for_her(await alice.slash("style rename", style="Sea", name="Storm")))

    for button, sentence in (("cancel", "stays"), ("remove", "removed")):
        question = only_for_her(await alice.slash("style remove", style="Storm"))
        assert texts(question).startswith(alice.says["remove?"])
        await alice.press(question, button)
        assert texts(question) == alice.says[sentence]
    assert ephemeral_text(await alice.slash("style show", style="Storm")).startswith(alice.says["no style"])


async def test_styles_come_from_links_and_from_the_channel_and_server_where_the_bot_is(alice: Guest) -> None:
    painting = await alice.painting()
    form = await alice.slash("style import", link=painting.attachments[0].url)
    await alice.studio.restart()

    saved = only_for_her(await alice.submit(form, name="Linked"))
    last = await alice.slash("style import")

    assert texts(saved).startswith(f"{alice.says['saved']}\n### Linked")
    if alice.place in IS_INSTALLED_BY_MEMBER:
        assert ephemeral_text(last).startswith(alice.says["unreadable"])
    else:
        assert last.modal is not None
        assert last.modal["title"] == alice.says["save"]

    answer = await alice.slash("style add", picture=WAVES, name="Ours", where="server")
    page = await alice.slash("style list")

    if alice.place is Place.SERVER:
        assert "### Ours" in texts(only_for_her(answer))
        assert "**Ours**" in texts(only_for_her(page))
    else:
        assert ephemeral_text(answer).startswith(alice.says["no server"])
        assert texts(only_for_her(page)).startswith(alice.says["styles"])
