"""Finds styles by what a member types: the whole name, its beginning, words of it, or any of these with typos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.gallery.style import Scope, Style
from bot.words.text import folded

EXACT, PREFIX, WORDS, INSIDE, TYPOS = range(5)
"""How well a name fits, best first. Each typo makes it one worse."""
_SCOPES = {scope: place for place, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A style with the texts by which it is found."""

    style: Style
    title: str
    """Folded."""
    text: str
    """The title and further words, folded, with a space before each word."""
    tails: tuple[str, ...]
    """The text from each of its words on: `stained glass` and `glass`."""

    @classmethod
    def of(cls, style: Style, title: str | None = None) -> Entry:
        """Index a style by its title in a language (by default, its name), and also by its name and its words."""
        name = folded(title or style.name)
        others = [style.name, *style.words] if title not in {None, style.name} else style.words
        words = " ".join([name, *map(folded, others)]).split()
        tails = tuple(" ".join(words[first:]) for first in range(len(words)))
        return cls(style, name, f" {tails[0]}", tails)


class Index:
    """Styles that can be searched, in the order of their names."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = sorted(entries, key=_by_name)  # which is quick if they are in order already
        self._place_of = {entry.style.style_id: place for place, entry in enumerate(self.entries)}
        # Two lists, not one of pairs: so many new tuples would have Python look for garbage among everything.
        self._tails: list[str] = []
        self._places: list[int] = []

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Style]:
        return (entry.style for entry in self.entries)

    def get(self, style_id: str) -> Style | None:
        """The style with that ID, or None."""
        place = self._place_of.get(style_id)
        return None if place is None else self.entries[place].style

    def update(self, style: Style) -> None:
        """Replace a style by one with the same name and ID; nothing happens if it is gone."""
        place = self._place_of.get(style.style_id)
        if place is not None:
            self.entries[place] = replace(self.entries[place], style=style)

    def with_style(self, style: Style) -> Index:
        """The same styles and this one, which replaces one with its ID."""
        others = (entry for entry in self.entries if entry.style.style_id != style.style_id)
        return Index([*others, Entry.of(style)])

    def without(self, style_id: str) -> Index:
        """The same styles without this one."""
        return Index(entry for entry in self.entries if entry.style.style_id != style_id)

    def without_owner(self, member_id: int) -> Index:
        """The same styles without those that a member added; this index itself if there are none."""
        left = [entry for entry in self.entries if entry.style.owner_id != member_id]
        return self if len(left) == len(self.entries) else Index(left)

    def ranked(self, query: str, *, enough: int) -> dict[int, int]:
        """How well each entry that fits a folded query fits it, by its place among the entries; 0 is best.

        Names with typos are only looked for if fewer than `enough` fit without.
        """
        phrase, words = f" {query}", [f" {word}" for word in query.split()]
        looks_inside = len(query) > 1 or not query.isascii()  # almost every name has any letter somewhere
        ranks: dict[int, int] = {}
        for place, entry in enumerate(self.entries):
            if phrase in entry.text:
                if entry.title.startswith(query):
                    ranks[place] = EXACT if entry.title == query else PREFIX
                else:
                    ranks[place] = WORDS
            elif len(words) > 1 and all(word in entry.text for word in words):
                ranks[place] = WORDS
            elif looks_inside and query in entry.text:
                ranks[place] = INSIDE
        allowed = _typos_allowed(query)
        if allowed and len(ranks) < enough:
            for place, typos in self._with_typos(query, allowed=allowed):
                ranks[place] = min(ranks.get(place, TYPOS + typos), TYPOS + typos)
        return ranks

    def _with_typos(self, query: str, *, allowed: int) -> Iterator[tuple[int, int]]:
        """The places of entries that begin, or have a word that begins, like the query, with the number of typos."""
        if not self._tails:
            self._tails = [tail for entry in self.entries for tail in entry.tails]
            self._places = [place for place, entry in enumerate(self.entries) for _ in entry.tails]
        length = len(query)
        beginnings = [tail[: length + 1] for tail in self._tails]  # one more, as the typo may be a missing letter
        similar = process.extract_iter(query, beginnings, scorer=OSA.distance, score_cutoff=allowed + 1)
        for beginning, typos, number in similar:
            fewest = min(int(typos), OSA.distance(query, beginning[:length]))
            if fewest <= allowed:
                yield self._places[number], fewest


def search(
    query: str, indexes: Sequence[Index], *, limit: int, keep: Callable[[Style], bool] = lambda _: True
) -> list[Style]:
    """The styles that fit best, at most `limit`: by how well they fit, how often they are used, and their scope.

    Those that `keep` is false for are left out.
    """
    query = folded(query)
    by_rank: defaultdict[int, list[Entry]] = defaultdict(list)
    for index in indexes:
        for place, rank in index.ranked(query, enough=limit).items():
            if keep((entry := index.entries[place]).style):
                by_rank[rank].append(entry)
    best: list[Entry] = []
    for rank in sorted(by_rank):
        best += nsmallest(limit - len(best), by_rank[rank], key=_order)
    return [entry.style for entry in best]


def _order(entry: Entry) -> tuple[int, int, str]:
    return -entry.style.uses, _SCOPES[entry.style.scope], entry.title


def _by_name(entry: Entry) -> tuple[str, str, str]:
    return entry.title, entry.style.name, entry.style.style_id


def _typos_allowed(query: str) -> int:
    if len(query) < 4:  # too many words are one letter away
        return 0
    return 1 if len(query) < 7 else 2
