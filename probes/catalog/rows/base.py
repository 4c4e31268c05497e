"""What all catalog rows share: flat, frozen, untracked by the garbage collector, one row type per collected area."""

from __future__ import annotations

import enum
from typing import ClassVar

import msgspec


class Group(enum.Enum):
    """Which transaction an area is read in."""

    STRUCTURE = "structure"
    """Read together, in one REPEATABLE READ transaction: they describe one moment."""
    STATE = "state"
    """Counters, sessions, settings: each in a short transaction of its own."""
    DICTIONARY = "dictionary"
    """Operator classes, casts and the like: collected only for those who ask (the gate, the renderer)."""


class Row(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of an area. The class is the area: its SQL file carries the name in `area`."""

    area: ClassVar[str]
    group: ClassVar[Group]


class StructureRow(Row, frozen=True, gc=False, array_like=True):
    """A row of an area that is read in the structure transaction."""

    group: ClassVar[Group] = Group.STRUCTURE


class StateRow(Row, frozen=True, gc=False, array_like=True):
    """A row of an area of server state."""

    group: ClassVar[Group] = Group.STATE


class DictionaryRow(Row, frozen=True, gc=False, array_like=True):
    """A row of an area that is collected on demand."""

    group: ClassVar[Group] = Group.DICTIONARY
