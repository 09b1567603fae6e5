"""What can be done with a finished painting, in one menu below its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import discord

from bot.cards.card import Item
from bot.painting.job import Colors, Job, Variation
from bot.words import Words

ACTIONS_PATTERN = "atelier:actions:(?P<job_id>[0-9a-f]{32})"


class Action(StrEnum):
    """An entry of the menu. Those that paint are called as their variation."""

    STRONGER = "stronger"
    WEAKER = "weaker"
    SWAP = "swap"
    COLORS = "colors"
    MORE_STEPS = "more-steps"
    COMPARE = "compare"
    ORIGINAL = "original"
    SAVE_STYLE = "save-style"
    SHARE = "share"


VARIATIONS: Mapping[Action, Variation] = {
    Action.STRONGER: Variation.STRONGER,
    Action.WEAKER: Variation.WEAKER,
    Action.SWAP: Variation.SWAP,
    Action.COLORS: Variation.COLORS,
    Action.MORE_STEPS: Variation.MORE_STEPS,
}
"""The actions that paint again."""
COLORS_KEYS: Mapping[bool, str] = {False: "action-keep-colors", True: "action-style-colors"}
"""What changes the colors, by whether a painting keeps the content's."""
ACTION_KEYS: Mapping[Action, str] = {
    Action.STRONGER: "button-stronger",
    Action.WEAKER: "button-weaker",
    Action.SWAP: "button-swap",
    Action.MORE_STEPS: "action-more-steps",
    Action.COMPARE: "action-compare",
    Action.ORIGINAL: "action-original",
    Action.SAVE_STYLE: "button-save-style",
    Action.SHARE: "action-share",
}


def actions_menu(job: Job, words: Words) -> Item:
    """The menu of a finished painting.

    A chosen entry can be unchosen: until then, Discord's apps don't let a member choose it a second time.
    """
    options = [discord.SelectOption(label=words(_key(action, job)), value=action) for action in _offered(job)]
    return discord.ui.Select[Any](
        custom_id=f"atelier:actions:{job.job_id}",
        placeholder=words("actions-placeholder"),
        options=options,
        min_values=0,
    )


def changes_something(job: Job, variation: Variation) -> bool:
    """Whether a variation of a painting is possible, and differs from it."""
    if variation is Variation.SWAP:
        return not job.is_blend and job.mask is None  # there is no single style, or no mask that would fit
    painting, old = job.result("painting"), job.options
    if variation is Variation.MORE_STEPS:
        return painting is not None and old.is_painted
    if variation in {Variation.AGAIN, Variation.COLORS} and not old.is_painted:
        return False  # there is nothing that a seed varies, or that could have other colors
    options = old.varied(variation)
    if variation is Variation.HD:
        return painting is not None and painting.is_smaller_than(options)  # else it would start over
    return options != old


def _offered(job: Job) -> Iterator[Action]:
    for action in Action:
        if action is Action.SHARE and job.guild_id is None:
            continue
        if action not in VARIATIONS or changes_something(job, VARIATIONS[action]):
            yield action


def _key(action: Action, job: Job) -> str:
    return COLORS_KEYS[job.options.colors is Colors.KEEP] if action is Action.COLORS else ACTION_KEYS[action]
