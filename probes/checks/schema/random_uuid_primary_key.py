"""Random UUIDs as primary key.

What: The primary key is a uuid whose default is random: gen_random_uuid(), uuidv4() or uuid_generate_v4().

Why it matters: Each new row goes to a random place of the index. Once the index is larger than memory nearly every
insert reads a page and writes it back whole into the WAL after a checkpoint; the leaves stay two thirds full; rows that
belong together in time lie far apart.

When it is harmless: The table stays small enough to be cached, or keys must not tell when a row was made.

How to fix it safely: On 18 make uuidv7() the default: it begins with the time, so new rows go to the end. Old values
stay as they are, and nothing is rewritten. Before 18 let the application make version 7, or use a function of an
extension.

How it is decided: The primary key's first column is of type uuid and its default is a call of one of these functions.
Below ten thousand rows the finding is informational.

Known limits: Keys that the application makes itself have no default and are not seen.

Sources: https://www.postgresql.org/docs/current/functions-uuid.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Unread, text_of
from probes.catalog.names import quoted
from probes.catalog.navigation.relations import Column, Relation
from probes.catalog.rows import PgAttrdef, PgAttribute, PgConstraint, PgInherits
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.columns import Types
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Fix, Observed, Severity

_RANDOM = re.compile(r"(?:\w+\.)?(?:gen_random_uuid|uuidv4|uuid_generate_v4)\(\)\Z")
_UUIDV7_SINCE = 180000


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    many_rows: int = 10_000
    """Below this the finding is informational."""


@check(
    title="Random UUID as primary key",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgAttrdef, PgConstraint, PgInherits)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/functions-uuid.html",),
)
def random_uuid_primary_key(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each table whose primary key is filled with random UUIDs."""
    keys = catalog.primary_keys
    for row in catalog.tables_in_scope:
        if row.is_partition or row.oid not in keys:
            continue
        table = Relation(catalog, row)
        column = table.column(keys[row.oid].columns[0])
        default = column.default if column and column.row.type == Types.UUID else None
        if column is None or default is None:
            continue
        if isinstance(default.expression, Unread):
            yield Unchecked(relation_ref(table), f"its key's default was not read: {default.expression.reason}")
        elif _RANDOM.match(text_of(default.expression) or ""):
            few = table.estimated_rows < at.many_rows
            yield Observed(
                object=relation_ref(table),
                message=f"primary key {column.name} of {table.qualified_name} is random: inserts scatter over it",
                evidence={"default": text_of(default.expression), "estimated_rows": round(table.estimated_rows)},
                remedy=_remedy(column),
                severity=Severity.INFO if few else None,
            )


def _remedy(column: Column) -> Fix | Advice:
    if column.catalog.server.version_num < _UUIDV7_SINCE:
        return Advice(
            "Before PostgreSQL 18 the server has no function for version 7: let the application make the key, or "
            "install an extension that does, and change the default to it."
        )
    return Fix(
        sql=(f"alter table {column.relation.sql} alter column {quoted(column.name)} set default uuidv7()",),
        changes=("pg_attrdef", "pg_depend"),
        note="A version 7 UUID tells when it was made.",
    )
