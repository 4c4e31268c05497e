"""Database that autovacuum does not freeze in time.

What: The age of a database is beyond autovacuum_freeze_max_age, the point at which a vacuum against wraparound is
forced.

Why it matters: That vacuum is started even where autovacuum is off, and is not cancelled by locks. If the age is still
above the limit, it is either still running, cannot get on, or fails each time. Every day that it stays so brings the
end nearer.

When it is harmless: The forced vacuum has just begun on a large table.

How to fix it safely: Look what the workers are doing, look for what holds the horizon, then freeze by hand at a quiet
hour.

How it is decided: age(datfrozenxid) is above autovacuum_freeze_max_age by five percent or more. Reaching the limit is
the normal life of a quiet table; passing it is not. From 500 million on xid_wraparound_database takes over.

Known limits: Tables with a freeze age of their own are judged by xid_wraparound_table.

Sources: https://www.postgresql.org/docs/current/runtime-config-vacuum.html#GUC-AUTOVACUUM-FREEZE-MAX-AGE
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDatabase, PgSetting
from probes.check import Needs, Thresholds, Unchecked, check
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    limit_ratio: float = 1.05
    """Of autovacuum_freeze_max_age."""
    until_age_xids: int = 500_000_000
    """Where the check on wraparound takes over."""


@check(
    title="Database older than its freeze limit",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgDatabase, PgSetting)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/runtime-config-vacuum.html#GUC-AUTOVACUUM-FREEZE-MAX-AGE",),
)
def freeze_max_age_near(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each database that passed the limit without being frozen."""
    setting = catalog.setting("autovacuum_freeze_max_age")
    if setting is None:
        yield Unchecked(None, "autovacuum_freeze_max_age is not visible")
        return
    limit = int(setting.value)
    for row in catalog.rows(PgDatabase):
        if limit * at.limit_ratio <= row.frozen_age_xids < max(at.until_age_xids, limit * 1.2):
            here = row.oid == catalog.server.database_oid
            yield Observed(
                object=ObjectRef("database", row.name),
                message=(
                    f"database {row.name} is {row.frozen_age_xids / limit:.0%} of autovacuum_freeze_max_age old: the "
                    "vacuum that should have frozen it did not come through"
                ),
                evidence={"age_xids": row.frozen_age_xids, "autovacuum_freeze_max_age_xids": limit},
                remedy=Fix(
                    sql=("vacuum (freeze)",),
                    changes=("pg_class", "pg_index"),
                    transactional=False,
                    note="See first whether a worker is at it, and what holds the horizon.",
                )
                if here
                else Advice(f"It has to be vacuumed from within: connect to {row.name} and run VACUUM (FREEZE)."),
            )
