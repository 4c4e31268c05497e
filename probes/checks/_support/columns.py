"""Columns of tables as they were declared, and what giving one another type takes along."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import TypeVar

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, Row
from probes.checks._support.refs import SCOPE
from probes.finding import Fix

K = TypeVar("K")

CREATED_NAME = re.compile(
    r"(^|_)(creat|insert|occur|record|log(ged)?(_|$)|sent|issue|add(ed)?_|register|join|post|submi|receiv|placed|c_?time)|"
    r"[a-z](Created|Inserted)|Joined$",
    re.IGNORECASE,
)
"""Names of columns that say when a row was made."""
UPDATED_NAME = re.compile(
    r"(^|_)(updat|modif|chang|edit|touch|last_seen|m_?time)|[a-z](Updated|Modified)", re.IGNORECASE
)
"""Names of columns that say when a row was last changed."""
RETYPED = (
    "pg_attribute",
    "pg_attrdef",
    "pg_class",
    "pg_constraint",
    "pg_depend",
    "pg_index",
    "pg_statistic_ext",
)
"""Areas that ALTER COLUMN TYPE may touch."""


class Types:
    """Object ids of built-in types, the same in every database (pg_type.dat)."""

    OID = 26
    JSON = 114
    REAL = 700
    DOUBLE = 701
    MONEY = 790
    CHAR = 1042
    VARCHAR = 1043
    TIMESTAMP = 1114
    TIMESTAMPTZ = 1184
    TIMETZ = 1266
    SMALLINT = 21
    INTEGER = 23
    BIGINT = 20
    NUMERIC = 1700
    TEXT = 25
    UUID = 2950
    BOOLEAN = 16
    DATE = 1082


MOMENTS = frozenset({Types.TIMESTAMP, Types.TIMESTAMPTZ})
"""Types that say a moment."""


def is_in_scope(relation: Relation) -> bool:
    """Whether the relation is one that `catalog.relations` walks to."""
    catalog, row = relation.catalog, relation.row
    if row.namespace not in catalog.schemas_in_scope or row.oid in catalog.extension_members("pg_class"):
        return False
    return not catalog.scope.exclude_tables or catalog.scope.covers_table(relation.qualified_name)


def declared_columns(catalog: Catalog, types: frozenset[int] | None = None) -> Iterator[Column]:
    """Columns of tables in scope that are not handed down by a parent, by type where types are given.

    Works from the rows: a scan of many thousand tables makes walkers only for columns that matter.
    """
    return (Column(catalog, row) for row in declared_column_rows(catalog, types))


def declared_column_rows(catalog: Catalog, types: frozenset[int] | None = None) -> Sequence[PgAttribute]:
    """The rows of `declared_columns`, chosen once for all checks."""
    areas: tuple[type[Row], ...] = (*SCOPE, PgAttribute)
    every = catalog.derived(("declared columns", catalog.scope), areas, lambda: _declared(catalog))
    if types is None:
        return every
    by_type = declared_columns_by_type(catalog)
    return [row for oid in types for row in by_type.get(oid, ())]


def declared_columns_by_type(catalog: Catalog) -> Mapping[int, list[PgAttribute]]:
    """The rows of `declared_columns` by the oid of their type."""
    areas: tuple[type[Row], ...] = (*SCOPE, PgAttribute)
    key = ("declared columns by type", catalog.scope)
    return catalog.derived(key, areas, lambda: _by(declared_column_rows(catalog), _type))


def declared_columns_by_name(catalog: Catalog) -> Mapping[str, list[PgAttribute]]:
    """The rows of `declared_columns` by name. A database has far fewer names than columns: look at names first."""
    areas: tuple[type[Row], ...] = (*SCOPE, PgAttribute)
    key = ("declared columns by name", catalog.scope)
    return catalog.derived(key, areas, lambda: _by(declared_column_rows(catalog), _name))


def _declared(catalog: Catalog) -> tuple[PgAttribute, ...]:
    tables = {row.oid for row in catalog.tables_in_scope if not row.is_partition}
    rows = catalog.rows(PgAttribute)
    return tuple(row for row in rows if row.relation in tables and not row.inherited_count)


_name: Callable[[PgAttribute], str] = attrgetter("name")
_type: Callable[[PgAttribute], int] = attrgetter("type")


def _by(rows: Iterable[PgAttribute], key_of: Callable[[PgAttribute], K]) -> dict[K, list[PgAttribute]]:
    found: defaultdict[K, list[PgAttribute]] = defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    return dict(found)


def retype_fix(column: Column, type_sql: str, using: str | None = None, note: str | None = None) -> Fix:
    """Giving a column another type; `{0}` in `using` stands for its quoted name."""
    name = quoted(column.name)
    tail = f" using {using.format(name)}" if using else ""
    return Fix(
        sql=(f"alter table {column.relation.sql} alter column {name} type {type_sql}{tail}",),
        changes=RETYPED,
        note=note,
    )
