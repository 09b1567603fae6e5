"""The order in which a voter sees the entries when choosing favorites."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256


def shuffled(entries: Iterable[int], *, challenge_id: object, voter_id: int) -> tuple[int, ...]:
    """Shuffle entries: each voter has an order of their own, and it is the same every time they look.

    Each entry's place follows from a hash of the challenge, the voter and the entry. So all orders are equally
    probable, no process or version of Python shuffles differently, and when an entry goes or comes, the others keep
    their order.
    """

    def key(entry: int) -> bytes:
        return sha256(f"{challenge_id} {voter_id} {entry}".encode()).digest()

    return tuple(sorted(entries, key=key))
