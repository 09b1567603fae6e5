"""Discord's validation of messages (with and without Components V2), modals and commands."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable

from tests.wire.refusals import Refusal, Refused, invalid_form
from tests.wire.world import Json, MessageFlag, walk

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, FILE_UPLOAD = 9, 10, 11, 12, 13, 14, 17, 18, 19
SELECTS = {STRING_SELECT, 5, 6, 7, 8}
IN_CONTAINER = {ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR}
MODAL_TOP = {ROW, TEXT, LABEL}
LINK_STYLE, PREMIUM_STYLE = 5, 6
COMPONENTS_LIMIT = 40
TEXT_LIMIT = 4000
CONTENT_LIMIT = 2000
COMMAND_NAME = re.compile(r"^[-_\w]{1,32}$")
OPTIONS_LIMIT = 25

Resolve = Callable[[str], Json]
"""Turns the URL of a media item into the media that Discord shows."""


def check_message(body: Json, flags: MessageFlag, *, has_files: bool) -> None:
    """Reject messages that are too long or empty, or that mix Components V2 with the fields that they replace."""
    content, components = body.get("content") or "", body.get("components") or []
    if len(content) > CONTENT_LIMIT:
        raise invalid_form("content", f"Must be {CONTENT_LIMIT} or fewer in length.")
    if len(body.get("embeds") or []) > 10:
        raise invalid_form("embeds", "Must be 10 or fewer in length.")
    if MessageFlag.COMPONENTS_V2 in flags:
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(key):
                raise invalid_form(key, f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
        if not components:
            raise Refused(Refusal.EMPTY_MESSAGE)
    elif not (content or body.get("embeds") or has_files or components):
        raise Refused(Refusal.EMPTY_MESSAGE)


def shown_components(components: list[Json], *, v2: bool, resolve: Resolve) -> list[Json]:
    """Return the components with IDs and resolved media, as shown on a message. Rejects invalid combinations."""
    shown: list[Json] = copy.deepcopy(components)
    top = IN_CONTAINER | {CONTAINER} if v2 else {ROW}
    for component in shown:
        _expect(component["type"] in top, f"type {component['type']} isn't allowed at the top level")
    _expect(v2 or len(shown) <= 5, "at most 5 rows")
    everything = list(walk(shown))
    _expect(len(everything) <= COMPONENTS_LIMIT, f"at most {COMPONENTS_LIMIT} components")
    _expect(
        sum(len(c["content"]) for c in everything if c["type"] == TEXT) <= TEXT_LIMIT,
        f"at most {TEXT_LIMIT} characters",
    )
    custom_ids = [c["custom_id"] for c in everything if c.get("custom_id")]
    _expect(len(custom_ids) == len(set(custom_ids)), "a custom ID is used twice")
    for number, component in enumerate(everything, start=1):
        component.setdefault("id", number)
        _check_component(component)
        for holder in (component, *component.get("items", ())):
            for key in ("media", "file"):
                if key in holder:
                    holder[key] = resolve(holder[key]["url"])
    return shown


def _check_component(component: Json) -> None:
    kind, children = component["type"], component.get("components", [])
    types = [child["type"] for child in children]
    if kind == ROW:
        one_select = len(types) == 1 and types[0] in SELECTS
        _expect(one_select or (1 <= len(types) <= 5 and set(types) == {BUTTON}), "a row holds 1-5 buttons or a select")
    elif kind == BUTTON:
        _check_button(component)
    elif kind == TEXT:
        _expect(bool(component["content"].strip()), "a text display cannot be empty")
    elif kind == SECTION:
        _expect(1 <= len(types) <= 3 and set(types) == {TEXT}, "a section holds 1-3 text displays")
        _expect(component["accessory"]["type"] in {BUTTON, THUMBNAIL}, "a section needs a button or a thumbnail")
    elif kind == GALLERY:
        _expect(1 <= len(component["items"]) <= 10, "a gallery holds 1-10 items")
    elif kind == FILE:
        _expect(component["file"]["url"].startswith("attachment://"), "a file shows only attachment://")
    elif kind == CONTAINER:
        _expect(bool(types) and set(types) <= IN_CONTAINER, "a container holds rows, sections, texts, media, lines")


def _check_button(button: Json) -> None:
    style = button["style"]
    _expect(bool(button.get("label") or button.get("emoji")) or style == PREMIUM_STYLE, "a button needs a label")
    _expect(len(button.get("label") or "") <= 80, "a label has at most 80 characters")
    if style == LINK_STYLE:
        _expect("url" in button and not button.get("custom_id"), "a link button has a url and no custom id")
    elif style != PREMIUM_STYLE:
        _expect(1 <= len(button.get("custom_id") or "") <= 100, "a custom ID has 1-100 characters")


def check_modal(modal: Json) -> None:
    """Reject modals that Discord wouldn't open."""
    _expect(1 <= len(modal.get("custom_id", "")) <= 100, "a modal's custom id has 1-100 characters")
    _expect(1 <= len(modal.get("title", "")) <= 45, "a modal's title has 1-45 characters")
    components = modal.get("components", [])
    _expect(1 <= len(components) <= 5, "a modal holds 1-5 components")
    for component in components:
        _expect(component["type"] in MODAL_TOP, f"type {component['type']} isn't allowed in a modal")
        if component["type"] == LABEL:
            _expect(1 <= len(component["label"]) <= 45, "a label has 1-45 characters")
            _expect(len(component.get("description") or "") <= 100, "a label's description has at most 100 characters")
            field = component["component"]
            _expect(field["type"] in SELECTS | {TEXT_INPUT, FILE_UPLOAD, 21, 22, 23}, "a label needs a field")
            _expect(1 <= len(field.get("custom_id", "")) <= 100, "a field's custom id has 1-100 characters")


def check_commands(commands: list[Json]) -> None:
    """Reject commands that Discord wouldn't register."""
    keys = [(command.get("type", 1), command["name"]) for command in commands]
    _expect(len(keys) == len(set(keys)), "Application command names must be unique", field="name")
    for command in commands:
        if command.get("type", 1) == 1:
            _check_option(command)
        else:
            _expect(1 <= len(command["name"]) <= 32, "1-32 characters", field="name")


def _check_option(option: Json) -> None:
    name = option["name"]
    _expect(bool(COMMAND_NAME.match(name)) and name == name.lower(), f"{name}: not a valid name", field="name")
    _expect(1 <= len(option.get("description", "")) <= 100, f"{name}: 1-100 characters", field="description")
    options = option.get("options", [])
    _expect(len(options) <= OPTIONS_LIMIT, f"{name}: at most {OPTIONS_LIMIT}", field="options")
    required = [child.get("required", False) for child in options]
    _expect(required == sorted(required, reverse=True), f"{name}: required options come first", field="options")
    choices = option.get("choices") or []
    _expect(len(choices) <= OPTIONS_LIMIT, f"{name}: at most {OPTIONS_LIMIT}", field="choices")
    _expect(all(1 <= len(c["name"]) <= 100 for c in choices), f"{name}: 1-100 characters", field="choices")
    for child in options:
        _check_option(child)


def _expect(is_valid: bool, problem: str, *, field: str = "components") -> None:
    if not is_valid:
        raise invalid_form(field, problem)
