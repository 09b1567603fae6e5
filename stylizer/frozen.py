"""Errors that are frozen dataclasses."""

from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError
from typing import Any, dataclass_transform


@dataclass_transform(frozen_default=True)
class FrozenError(Exception):
    """An exception whose subclasses are frozen dataclasses: they declare fields, which can't be changed later.

    A plain `@dataclass(frozen=True)` on an exception refuses every attribute, even those that Python itself sets while
    the error is raised: `contextlib` assigns `__traceback__`, `add_note` assigns `__notes__`, and unpickling assigns
    whatever it finds. Here only the fields are frozen. Two errors with the same fields are equal, and `copy` and
    `pickle` keep the fields, no matter how they were passed.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        dataclasses.dataclass(frozen=True)(cls)
        # A frozen dataclass would refuse too much; `FrozenError` has its own rules below.
        del cls.__setattr__
        del cls.__delattr__

    def __setattr__(self, name: str, value: object) -> None:
        self._refuse_if_field(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._refuse_if_field(name)
        super().__delattr__(name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild the error from its fields; causes, tracebacks and notes aren't kept, as with every exception."""
        return _rebuilt, (type(self), field_values(self))

    def _refuse_if_field(self, name: str) -> None:
        if name in field_names(type(self)):
            raise FrozenInstanceError(f"cannot change field {name!r}")


def field_names(kind: type[FrozenError]) -> tuple[str, ...]:
    """The names of an error's fields, in the order in which it takes them."""
    return tuple(getattr(kind, "__dataclass_fields__", ()))


def field_values(error: FrozenError) -> tuple[Any, ...]:
    """The values of an error's fields, in the order in which it takes them."""
    return tuple(getattr(error, name) for name in field_names(type(error)))


def _rebuilt(kind: type[FrozenError], values: tuple[Any, ...]) -> FrozenError:
    return kind(*values)
