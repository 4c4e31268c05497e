"""Rows about code in the database and what is installed in it."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import DictionaryRow, StateRow, StructureRow


class PgProc(StructureRow, frozen=True, gc=False, array_like=True):
    """A function, procedure or aggregate outside pg_catalog.

    `source` has its comments removed and its string literals masked, except the names given to functions such as
    current_setting: a catalog may be mailed. It is None for members of extensions and for compiled languages.
    """

    area: ClassVar[str] = "pg_proc"
    oid: int
    name: str
    namespace: int
    owner: int
    language: str
    kind: str
    security_definer: bool
    leakproof: bool
    strict: bool
    returns_set: bool
    volatility: str
    parallel: str
    cost: float
    rows: float
    returns: int
    argument_types: tuple[int, ...]
    argument_modes: tuple[str, ...]
    argument_names: tuple[str, ...]
    default_count: int
    variadic: int
    config: tuple[str, ...]
    source: str | None
    has_sql_body: bool
    """Written with BEGIN ATOMIC or RETURN: its names were resolved when it was created."""
    acl: tuple[str, ...] | None


class PgEventTrigger(StructureRow, frozen=True, gc=False, array_like=True):
    """An event trigger."""

    area: ClassVar[str] = "pg_event_trigger"
    oid: int
    name: str
    event: str
    owner: int
    function: int
    enabled: str
    tags: tuple[str, ...]


class PgLanguage(StateRow, frozen=True, gc=False, array_like=True):
    """A procedural language."""

    area: ClassVar[str] = "pg_language"
    oid: int
    name: str
    owner: int
    trusted: bool
    acl: tuple[str, ...] | None


class PgExtension(StructureRow, frozen=True, gc=False, array_like=True):
    """An installed extension."""

    area: ClassVar[str] = "pg_extension"
    oid: int
    name: str
    owner: int
    namespace: int
    relocatable: bool
    version: str


class AvailableExtension(StateRow, frozen=True, gc=False, array_like=True):
    """An extension that this server's files offer, with every version they know."""

    area: ClassVar[str] = "pg_available_extensions"
    name: str
    default_version: str
    installed_version: str | None
    versions: tuple[str, ...]
    trusted_versions: tuple[str, ...]


class PgOpclass(DictionaryRow, frozen=True, gc=False, array_like=True):
    """An operator class."""

    area: ClassVar[str] = "pg_opclass"
    oid: int
    name: str
    namespace: int
    method: str
    family: int
    input_type: int
    is_default: bool


class PgCast(DictionaryRow, frozen=True, gc=False, array_like=True):
    """A cast: method b is binary coercible, f calls `function`, i goes through text."""

    area: ClassVar[str] = "pg_cast"
    source: int
    target: int
    function: int
    context: str
    method: str
