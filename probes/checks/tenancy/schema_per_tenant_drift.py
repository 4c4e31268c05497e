"""Tenant's schema that differs from its siblings.

What: Each tenant has a schema of its own with the same tables, and this one lacks something that most have, or has
something that most lack.

Why it matters: A migration that stopped half-way, or a repair by hand for one customer, stays behind unseen. The next
migration fails there and only there, a query that works for every other customer raises an error, and an index that is
missing makes one customer's pages slow for reasons no dashboard shows.

When it is harmless: The customer pays for an extra table. Then keep such things in a schema of their own.

How to fix it safely: Compare with a sibling by pg_dump --schema-only of both, find the migration that is missing in the
tool's own table of that schema, and run it there. Do not write the difference by hand: the next one would not fit.

How it is decided: Schemas are siblings if they match the configured pattern (`[tenancy] schema-pattern`), or else if
at least three share most of their table names. Tables, columns with their types and nullability, constraints and
indexes are compared, names of schemas taken out; what most siblings have is the measure. Names of constraints and
indexes are not compared, only what they say. Three siblings at least are needed.

Known limits: Functions, triggers, policies and grants are not compared. The first ten differences are listed.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html
"""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from operator import attrgetter

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgIndex, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.finding import Advice, Confidence, ObjectRef, Observed, Severity

_SHOWN = 10
_LEAST_SIBLINGS = 3
_ALIKE_RATIO = 0.6


class At(Thresholds, frozen=True):
    """What the user may say beside the configuration."""

    schema_pattern: str = ""
    """A glob over the schemas of tenants; empty where it is to be taken from [tenancy] or inferred."""


@check(
    title="Tenant's schema that differs from its siblings",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-schemas.html",),
)
def schema_per_tenant_drift(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each schema that is not like most of its siblings."""
    pattern = at.schema_pattern or catalog.scope.tenant_schema_pattern or ""
    tables = _tables_by_schema(catalog)
    siblings = [name for name in tables if fnmatch.fnmatchcase(name, pattern)] if pattern else _siblings(tables)
    if len(siblings) < _LEAST_SIBLINGS:
        return
    shape_of = _Shapes(catalog)
    shapes = {name: frozenset(chain.from_iterable(map(shape_of, tables[name]))) for name in siblings}
    counts = Counter(part for shape in shapes.values() for part in shape)
    usual = frozenset(part for part, count in counts.items() if count * 2 > len(siblings))
    for name, shape in shapes.items():
        lacking, added = sorted(usual - shape), sorted(shape - usual)
        if lacking or added:
            yield _observed(name, lacking, added, len(siblings), is_inferred=not pattern)


def _tables_by_schema(catalog: Catalog) -> dict[str, list[Relation]]:
    found: dict[str, list[Relation]] = {}
    schemas = catalog.schemas_in_scope
    for row in catalog.tables_in_scope:
        if not row.is_partition:
            found.setdefault(schemas[row.namespace], []).append(Relation(catalog, row))
    return found


def _siblings(tables: Mapping[str, list[Relation]]) -> list[str]:
    """Schemas whose table names are mostly those of the set of names that most schemas have."""
    names = {schema: frozenset(table.name for table in held) for schema, held in tables.items()}
    counts = Counter(names.values())
    if not counts:
        return []
    model = max(counts, key=lambda one: (counts[one], len(one), sorted(one)))
    alike = [schema for schema, held in names.items() if len(held & model) >= _ALIKE_RATIO * len(held | model)]
    return alike if counts[model] >= 2 else []


_OF_A_COLUMN = attrgetter("name", "type", "typmod", "not_null")
_OF_A_CONSTRAINT = attrgetter("kind", "columns", "expression")
_COMPARED = frozenset({"c", "f", "x"})
"""Kinds of constraints; the others are known by the columns and the indexes."""
_OF_AN_INDEX = attrgetter(
    "primary", "unique", "method", "columns", "key_count", "expressions", "predicate", "valid", "ready", "live"
)


class _Shapes:
    """What tables are made of, the name of their own schema taken out. Siblings are alike: most are read once for all.

    Only a table whose texts name its own schema is read by itself: to a sibling that is another schema's name.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._constraints = catalog.grouped(PgConstraint, "relation")
        self._indexes = catalog.grouped(PgIndex, "relation")
        self._classes = catalog.keyed(PgClass, "oid")
        self._known: dict[object, tuple[tuple[str, ...], str]] = {}
        self._types: dict[tuple[int, int], str] = {}

    def __call__(self, table: Relation) -> tuple[str, ...]:
        """The parts of a table as text."""
        raw, own = self._raw(table), f"{table.schema}."
        found = self._known.get(raw)
        if found is None:
            parts = tuple(_shape(table, self._types))
            found = self._known[raw] = parts, "\n".join(parts)
        parts, every_part = found
        return parts if own not in every_part else tuple(part.replace(own, "") for part in parts)

    def _raw(self, table: Relation) -> object:
        """All that the text is made of, as it is collected; of another table in the own schema only its name."""
        constraints = self._constraints.get(table.oid, ())
        return (
            table.name,
            tuple(map(_OF_A_COLUMN, table.column_rows)),
            tuple(
                (*_OF_A_CONSTRAINT(row), self._name(row.referenced, table.row.namespace))
                for row in constraints
                if row.kind in _COMPARED
            ),
            tuple(map(_OF_AN_INDEX, self._indexes.get(table.oid, ()))),
        )

    def _name(self, oid: int, namespace: int) -> object:
        row = self._classes.get(oid)
        return oid if row is None or row.namespace != namespace else row.name


def _shape(table: Relation, types: dict[tuple[int, int], str]) -> Iterator[str]:
    """What a table is made of, schemas named but for tables of its own; `types` remembers names of types."""
    name = table.name
    yield f"table {name}"
    for row in table.column_rows:
        key = (row.type, row.typmod)
        if key not in types:
            types[key] = table.catalog.type_name(*key).sql
        given = " not null" if row.not_null else ""
        yield f"column {name}.{row.name} {types[key]}{given}"
    yield from _constraints(table)
    yield from _indexes(table)


def _constraints(table: Relation) -> Iterator[str]:
    for constraint in table.constraints:
        row = constraint.row
        if row.kind in _COMPARED:
            referenced = table.catalog.relation(row.referenced)
            is_own = referenced is not None and referenced.row.namespace == table.row.namespace
            target = f" to {referenced.name if is_own else referenced.qualified_name}" if referenced else ""
            columns = ", ".join(constraint.column_names)
            word = {"c": "check", "f": "foreign key", "x": "exclusion"}[row.kind]
            condition = f" {text}" if (text := text_of(row.expression)) else ""
            yield f"{word} on {table.name} ({columns}){target}{condition}"


def _indexes(table: Relation) -> Iterator[str]:
    for index in table.indexes:
        row = index.row
        unique = "primary key" if row.primary else "unique index" if row.unique else "index"
        keys = ", ".join(table.column_names(index.key_columns))
        texts = [text for one in (row.expressions, row.predicate) if (text := text_of(one))]
        state = "" if index.is_usable else " (invalid)"
        yield f"{unique} on {table.name} using {row.method} ({keys}){''.join(f' {text}' for text in texts)}{state}"


def _observed(schema: str, lacking: list[str], added: list[str], siblings: int, *, is_inferred: bool) -> Observed:
    parts = [*(f"lacks {part}" for part in lacking), *(f"has {part}" for part in added)]
    more = f" and {len(parts) - 2} more" if len(parts) > 2 else ""
    return Observed(
        object=ObjectRef("schema", schema),
        message=f"schema {schema} differs from most of its {siblings} siblings: it {' and '.join(parts[:2])}{more}",
        evidence={
            "siblings": siblings,
            "lacking": tuple(lacking[:_SHOWN]),
            "added": tuple(added[:_SHOWN]),
            "differences": len(parts),
            "siblings_are": "inferred from table names" if is_inferred else "configured",
        },
        remedy=Advice(
            "Find the migration that did not run in this schema and run it there; compare pg_dump --schema-only of it "
            "and a sibling. Which of the two is right, and what the rows need on the way, only your migrations know."
        ),
        confidence=Confidence.MEDIUM if is_inferred else Confidence.HIGH,
    )
