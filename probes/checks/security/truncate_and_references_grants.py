"""Privileges beyond reading and writing for an exposed role.

What: An exposed role may TRUNCATE a table, put triggers on it, reference it, or (17 and later) MAINTAIN it.

Why it matters: TRUNCATE empties the table past every policy and every row trigger. A trigger runs with the rights of
whoever writes next. A foreign key from elsewhere blocks deletes and tells which keys exist. MAINTAIN allows locks that
stop everybody. GRANT ALL hands all of them out unnoticed.

When it is harmless: The role owns the application's life cycle, as a role for migrations does.

How to fix it safely: Revoke them; an application that only reads and writes does not notice. A job that empties tables
with TRUNCATE fails, and should use a role of its own.

How it is decided: Grants of exposed roles on tables in scope, the owner's own aside. It is graver where policies
protect the table, for there TRUNCATE is the way around. A partition is told with its root when the root is reported.

Known limits: Whether the role ever uses the privilege is not known.

Sources: https://www.postgresql.org/docs/current/ddl-priv.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits
from probes.check import Needs, check
from probes.checks._support.exposure import (
    EXPOSURE,
    Exposure,
    ExposureAt,
    Principals,
    as_text,
    exposure_of,
    revocations,
)
from probes.checks._support.refs import relation_ref
from probes.finding import Fix, Observed, Severity

_BEYOND = frozenset({"TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN"})


@check(
    title="TRUNCATE, TRIGGER, REFERENCES or MAINTAIN for an exposed role",
    severity=Severity.LOW,
    needs=Needs(areas=(*EXPOSURE, PgInherits)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/ddl-priv.html",),
)
def truncate_and_references_grants(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each table with such grants."""
    exposure = exposure_of(catalog, at)
    for table in catalog.tables:
        principals = exposure.on(table, _BEYOND)
        if principals and not (table.row.is_partition and exposure.on(table.root, _BEYOND)):
            yield _observed(table, principals, exposure)


def _observed(table: Relation, principals: Principals, exposure: Exposure) -> Observed:
    privileges = tuple(sorted(frozenset[str]().union(*principals.values())))
    return Observed(
        object=relation_ref(table),
        message=f"{as_text(principals)} may {', '.join(privileges)} {table.qualified_name}, which no policy restricts",
        evidence={"roles": tuple(sorted(principals)), "privileges": privileges},
        remedy=Fix(
            sql=tuple(one for part in _with_parts(table) for one in revocations(exposure, part, _BEYOND)),
            changes=("pg_class", "pg_attribute"),
        ),
        severity=Severity.MEDIUM if table.row.row_security and "TRUNCATE" in privileges else None,
    )


def _with_parts(table: Relation) -> Iterator[Relation]:
    yield table
    for child in table.children:
        if child.row.is_partition:
            yield from _with_parts(child)
