"""Name that has to be quoted.

What: A schema, table, view, sequence, column or function has capitals, blanks or other signs in its name.

Why it matters: Without quotes the server folds names to lower case and does not find it. Every query, tool and tired
colleague has to quote it right; scripts that do not work on half of the schema.

When it is harmless: A mapper that quotes everything made it and is the only one to use it: Prisma and Entity Framework
do so by default.

How to fix it safely: Rename it in the release that changes the code. The fix proposes the name in lower case with
underscores; renaming takes a moment, but views and functions with the name in their text have to be looked at.

How it is decided: The name does not begin with a small letter or an underscore, or has anything but small letters,
digits, underscores and dollar signs in it. Letters of other scripts are fine without quotes and are left alone.
Partitions are left out.

Known limits: Indexes, constraints and triggers, which only DDL names, are not reported.

Sources: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgProc, PgType
from probes.check import Needs, check
from probes.checks._support.columns import declared_column_rows
from probes.checks._support.refs import SCOPE, column_ref, relation_ref
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity

_PLAIN = re.compile(r"(?:[a-z_]|[^\x00-\x7f])(?:[a-z0-9_$]|[^\x00-\x7f])*\Z")
_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9_]+")
_WORDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
}
_NAME_BYTES = 63


@check(
    title="Name that has to be quoted",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgProc, PgType)),
    sources=("https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS",),
)
def identifier_needs_quoting(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each object that cannot be named without quotes."""
    schemas = set(catalog.schemas_in_scope.values())
    for name in sorted(schemas):
        if not _PLAIN.match(name):
            yield _observed(ObjectRef("schema", name), f"alter schema {quoted(name)}", schemas)
    for row in catalog.relations_in_scope:
        if row.kind in _WORDS and not row.is_partition and not _is_plain(row.name):
            relation = Relation(catalog, row)
            yield _observed(relation_ref(relation), f"alter {_WORDS[row.kind]} {relation.sql}", None, relation)
    columns = declared_column_rows(catalog)
    unfit = {name for name in {row.name for row in columns} if not _PLAIN.match(name)}
    for column in (Column(catalog, row) for row in columns if row.name in unfit):
        table = column.relation
        sql = f"alter table {table.sql} rename column {quoted(column.name)} to {{}}"
        yield _observed(column_ref(column), sql, {other.name for other in table.columns})
    for function in catalog.functions:
        if not _PLAIN.match(function.name):
            ref = ObjectRef("function", function.name, function.schema)
            yield _observed(ref, f"alter {function.noun} {function.signature}", set())


@functools.lru_cache(maxsize=4096)
def _is_plain(name: str) -> bool:
    return _PLAIN.match(name) is not None


def plain_name(name: str) -> str:
    """The name in lower case with underscores; empty where nothing is left of it."""
    found = _BORDER.sub("_", name).lower().strip("_")
    return f"_{found}" if found[:1].isdigit() else found


def _observed(ref: ObjectRef, sql: str, taken: set[str] | None, relation: Relation | None = None) -> Observed:
    new = plain_name(ref.name)
    is_free = bool(new) and len(new) <= _NAME_BYTES and new not in (taken or set())
    if relation is not None and is_free:
        is_free = relation.catalog.relation_named(relation.schema, new) is None
    statement = sql.replace("{}", quoted(new)) if ref.kind == "column" else f"{sql} rename to {quoted(new)}"
    return Observed(
        object=ref,
        message=f"{ref.kind} {ref} has to be quoted in every statement",
        evidence={"plain_name": new or None},
        remedy=Fix(
            sql=(statement,),
            changes=("pg_namespace", "pg_class", "pg_attribute", "pg_proc"),
            note="The code that names it has to change in the same release, and functions with the name in their text.",
        )
        if is_free
        else Advice("The plain form of the name is taken or empty: choose another one, and rename it with the code."),
    )
