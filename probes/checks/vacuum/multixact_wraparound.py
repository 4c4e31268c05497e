"""Multixacts that are too old.

What: The age of the oldest multixact ID, of a database or a table, is far beyond what autovacuum keeps it at.

Why it matters: Rows locked by several transactions at once (foreign keys do that all day) use multixact IDs, which wrap
around like transaction IDs and have their own end: the server then refuses to make new ones, and inserts into
referencing tables fail. Few dashboards show their age.

When it is harmless: It is not; only the limit may have been raised on purpose.

How to fix it safely: VACUUM (FREEZE) the oldest tables. Look for long transactions and prepared ones first: they hold
multixacts as well.

How it is decided: mxid_age of pg_database.datminmxid for every database and of pg_class.relminmxid for tables: 500
million is high, 1.2 billion critical; autovacuum_multixact_freeze_max_age and a fifth is always granted.

Known limits: The members of multixacts can run out before the IDs do, when many sessions share locks. No function of 13
to 18 shows their number.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgDatabase, PgSetting
from probes.check import Needs, Thresholds, check
from probes.checks._support.autovacuum import number
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity

_SLACK = 1.2


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    warn_age: int = 500_000_000
    critical_age: int = 1_200_000_000


@check(
    title="Multixact IDs near wraparound",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgDatabase, PgSetting)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-MULTIXACT-WRAPAROUND",),
)
def multixact_wraparound(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each database and table whose oldest multixact is too old."""
    granted = (number(catalog, None, "autovacuum_multixact_freeze_max_age") or 0) * _SLACK
    limit = max(at.warn_age, granted)
    for database in catalog.rows(PgDatabase):
        if database.min_multixact_age >= limit:
            here = database.oid == catalog.server.database_oid
            remedy = _vacuum("vacuum (freeze)") if here else _elsewhere(database.name)
            ref = ObjectRef("database", database.name)
            yield _observed(ref, f"database {database.name}", database.min_multixact_age, remedy, at)
    for row in catalog.relations_in_scope:
        if row.min_multixact_age >= limit:
            table = Relation(catalog, row)
            remedy = _vacuum(f"vacuum (freeze) {table.sql}")
            yield _observed(relation_ref(table), table.qualified_name, table.row.min_multixact_age, remedy, at)


def _observed(ref: ObjectRef, name: str, age: int, remedy: Fix | Advice, at: At) -> Observed:
    return Observed(
        object=ref,
        message=f"{name} holds a multixact {age:,} IDs old; at about 2.1 billion row locks of several sessions fail",
        evidence={"multixact_age": age},
        remedy=remedy,
        severity=Severity.CRITICAL if age >= at.critical_age else None,
    )


def _vacuum(sql: str) -> Fix:
    note = "End first what holds the horizon: old transactions, prepared ones, replication slots."
    return Fix(sql=(sql,), changes=("pg_class", "pg_index"), transactional=False, note=note)


def _elsewhere(name: str) -> Advice:
    return Advice(f"Run VACUUM (FREEZE) while connected to {name}: a session vacuums its own database only.")
