"""What rendering gives: statements in order, what only stands in for something, and what could not be written."""

from __future__ import annotations

import enum

import msgspec

from probes.finding import ObjectRef

Key = tuple[str, int]
"""An object of the catalog: the system catalog it is in, as PgDepend names it, and its oid."""


@enum.unique
class Phase(enum.IntEnum):
    """When a piece is due: what it needs comes first, and among the rest the earlier phase."""

    SCHEMA = enum.auto()
    EXTENSION = enum.auto()
    COLLATION = enum.auto()
    DEFINITION = enum.auto()
    """Types, sequences, functions, tables and views, in the order in which they were created."""
    ATTACH = enum.auto()
    DEFAULT = enum.auto()
    CHECK = enum.auto()
    INDEX = enum.auto()
    INDEX_ATTACH = enum.auto()
    FOREIGN_KEY = enum.auto()
    GUARD = enum.auto()
    """Triggers, rules, policies, statistics, publications."""
    FLAG = enum.auto()
    OWNER = enum.auto()
    PRIVILEGE = enum.auto()
    COMMENT = enum.auto()
    LAST = enum.auto()
    """What would touch the building itself: event triggers, default privileges, settings."""


class Statement(msgspec.Struct, frozen=True, gc=False):
    """One SQL statement, without its semicolon, and the object it builds."""

    object: ObjectRef
    sql: str


class Unrendered(msgspec.Struct, frozen=True, gc=False):
    """An object that is not built, and why: the catalog does not hold its definition, or what it needs is not built."""

    object: ObjectRef
    reason: str


class Substitute(msgspec.Struct, frozen=True, gc=False):
    """An object that is built with the same shape and dependencies, and what of it the catalog does not hold."""

    object: ObjectRef
    reason: str


class Piece(msgspec.Struct, frozen=True, gc=False):
    """The statements of one object, what must be there before them, and what is there after them."""

    key: Key
    phase: Phase
    object: ObjectRef
    sql: tuple[str, ...]
    needs: frozenset[Key] = frozenset()
    provides: frozenset[Key] = frozenset()
    rank: int = 0
    """Order within the phase, before the oid."""
    lacks: tuple[str, ...] = ()
    """What of the object the catalog does not hold."""


class Missing(msgspec.Struct, frozen=True, gc=False):
    """An object for which no piece can be written."""

    key: Key
    object: ObjectRef
    reason: str


class Rendered(msgspec.Struct, frozen=True):
    """A catalog as DDL, for an empty database of the same major version, executed in order by a superuser."""

    statements: tuple[Statement, ...]
    unrendered: tuple[Unrendered, ...]
    substitutes: tuple[Substitute, ...]


class UnwritableError(Exception):
    """Raised while a piece is written: the catalog does not say what the statement would need."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
