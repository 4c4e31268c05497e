"""Database whose oldest transaction ID is too old.

What: The age of datfrozenxid is far beyond what autovacuum keeps it at: freezing does not keep up, or something holds
it back.

Why it matters: There are about 2.1 billion transaction IDs between the oldest row and the next one. Some three million
before the end the server refuses every command that needs an ID, in all databases, until someone vacuums by hand. That
takes as long as reading every old table takes.

When it is harmless: It is not. autovacuum_freeze_max_age may be raised on purpose, and the check then waits for a fifth
more than that; beyond it autovacuum has failed.

How to fix it safely: First look for what holds the horizon: old transactions, prepared transactions, replication slots,
a standby with feedback. Vacuum cannot freeze past them. Then VACUUM (FREEZE) in that database, the oldest tables first;
it hinders nobody, but reads and writes a lot.

How it is decided: age(datfrozenxid) of every database of the cluster, those that allow no connections included: they
hold the cluster back like any other. From 500 million on it is high, from 1.2 billion on critical.

Known limits: How fast the server spends IDs, hence how many days are left, takes two scans to tell.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgDatabase, PgSetting
from probes.check import Needs, Thresholds, check
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity

_LAST_XID_AGE = 2_147_483_647
_SLACK = 1.2


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    warn_age_xids: int = 500_000_000
    critical_age_xids: int = 1_200_000_000


@check(
    title="Database near transaction ID wraparound",
    severity=Severity.HIGH,
    needs=Needs(areas=(PgDatabase, PgSetting)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",),
)
def xid_wraparound_database(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each database whose age is beyond the thresholds."""
    setting = catalog.setting("autovacuum_freeze_max_age")
    freeze_max_age = int(setting.value) if setting else 0
    for row in catalog.rows(PgDatabase):
        critical = row.frozen_age_xids >= at.critical_age_xids
        if critical or row.frozen_age_xids >= max(at.warn_age_xids, freeze_max_age * _SLACK):
            yield Observed(
                object=ObjectRef("database", row.name),
                message=(
                    f"database {row.name} has rows {row.frozen_age_xids:,} transactions old; at about 2.1 billion the "
                    "server stops writing in every database"
                ),
                evidence={
                    "age_xids": row.frozen_age_xids,
                    "left_xids": max(0, _LAST_XID_AGE - row.frozen_age_xids),
                    "autovacuum_freeze_max_age_xids": freeze_max_age,
                    "allows_connections": row.allow_connections,
                },
                remedy=_remedy(catalog, row),
                severity=Severity.CRITICAL if critical else None,
            )


def _remedy(catalog: Catalog, row: PgDatabase) -> Fix | Advice:
    if row.oid == catalog.server.database_oid:
        return Fix(
            sql=("vacuum (freeze)",),
            changes=("pg_class", "pg_index"),
            transactional=False,
            note="End first what holds the horizon: old transactions, prepared ones, replication slots.",
        )
    if row.allow_connections:
        return Advice(f"Connect to {row.name} and run VACUUM (FREEZE) there: a session cannot vacuum another database.")
    name = quoted(row.name)
    return Advice(
        f"No session may enter it: ALTER DATABASE {name} ALLOW_CONNECTIONS true, connect and VACUUM (FREEZE), then set "
        "it back to false. It takes a session in that database, which SQL run here cannot open."
    )
