"""Table whose oldest row is too old.

What: The age of relfrozenxid, of a table or of its TOAST table, is far beyond what autovacuum keeps it at.

Why it matters: The oldest table decides when the whole cluster stops accepting writes. This check says which one it is.

When it is harmless: While a vacuum against wraparound is at work on it.

How to fix it safely: VACUUM (FREEZE) this table. If its age does not fall, something holds the horizon; if vacuum fails
on it every time, the log says why (a corrupt page, a broken index), and that is the real fault.

How it is decided: The age of tables, materialized views and their TOAST tables; 500 million is high, 1.2 billion
critical. A table with a larger autovacuum_freeze_max_age is given a fifth more than that.

Known limits: Temporary tables of other sessions also hold the horizon; they belong to nobody whom a scan could ask.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgSetting
from probes.check import Needs, Thresholds, check
from probes.checks._support.autovacuum import number
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity

_SLACK = 1.2


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    warn_age_xids: int = 500_000_000
    critical_age_xids: int = 1_200_000_000


@check(
    title="Table near transaction ID wraparound",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgSetting)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",),
)
def xid_wraparound_table(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each table whose age is beyond the thresholds."""
    for row in catalog.relations_in_scope:
        age = max(row.frozen_age_xids, row.toast_frozen_age_xids)
        if age < at.warn_age_xids:
            continue
        table = Relation(catalog, row)
        freeze_max_age = number(catalog, table, "autovacuum_freeze_max_age") or 0
        critical = age >= at.critical_age_xids
        if not critical and age < freeze_max_age * _SLACK:
            continue
        in_toast = row.toast_frozen_age_xids > row.frozen_age_xids
        yield Observed(
            object=relation_ref(table),
            message=(
                f"{'the TOAST table of ' if in_toast else ''}{table.qualified_name} has rows {age:,} transactions old; "
                "at about 2.1 billion the server stops writing"
            ),
            evidence={
                "age_xids": row.frozen_age_xids,
                "toast_age_xids": row.toast_frozen_age_xids,
                "table_bytes": (row.pages + row.toast_pages) * catalog.server.block_size,
            },
            remedy=Fix(
                sql=(f"vacuum (freeze) {table.sql}",),
                changes=(),
                transactional=False,
                note="It reads every page that is not frozen. End first what holds the horizon.",
            ),
            severity=Severity.CRITICAL if critical else None,
        )
