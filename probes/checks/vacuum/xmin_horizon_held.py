"""Something keeps vacuum from removing dead rows.

What: A session, a prepared transaction, a replication slot or a standby still needs row versions from many transactions
ago.

Why it matters: Vacuum may remove nothing that is younger than the oldest of them, in any table of the database, and for
some of them of the cluster. Dead rows pile up, queries on busy tables become slower by the hour, and in the end nothing
can be frozen.

When it is harmless: A dump or a report is running that has to see one moment; it will end.

How to fix it safely: Find the owner of what is named. End a forgotten transaction with pg_terminate_backend, decide a
prepared one with COMMIT PREPARED or ROLLBACK PREPARED, drop a slot that nobody reads. Each of these destroys something,
so no SQL is offered.

How it is decided: The ages of backend_xmin, of prepared transactions, of xmin and catalog_xmin of slots, and of the
xmin that standbys send: ten million transactions or more.

Known limits: Sessions of other roles show their xmin only to pg_read_all_stats; those that hide it are counted in a
note of what was not checked.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PreparedTransaction, Replica, ReplicationSlot, Session
from probes.check import Needs, Thresholds, Unchecked, check
from probes.finding import Advice, ObjectRef, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    max_age_xids: int = 10_000_000


@check(
    title="Something holds back vacuum",
    severity=Severity.HIGH,
    needs=Needs(areas=(Session, PreparedTransaction, ReplicationSlot, Replica)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",),
)
def xmin_horizon_held(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each holder of an old horizon."""
    hidden = sum(not row.visible for row in catalog.rows(Session))
    if hidden:
        yield Unchecked(None, f"{hidden} sessions hide how old their snapshot is", "pg_read_all_stats")
    for ref, age, advice in _holders(catalog):
        if age >= at.max_age_xids:
            yield Observed(
                object=ref,
                message=f"{ref.kind} {ref.name} keeps vacuum from removing what died in the last {age:,} transactions",
                evidence={"age_xids": age},
                remedy=Advice(advice),
            )


def _holders(catalog: Catalog) -> Iterator[tuple[ObjectRef, int, str]]:
    for session in catalog.rows(Session):
        if session.backend_type != "walsender":
            name = session.application_name or session.backend_type or "unnamed"
            advice = f"If nobody waits for it, pg_terminate_backend({session.pid}) ends it; its transaction is lost."
            yield ObjectRef("session", name), session.xmin_age_xids or 0, advice
    for prepared in catalog.rows(PreparedTransaction):
        ref = ObjectRef("prepared transaction", f"of {prepared.owner} in {prepared.database}")
        advice = (
            "COMMIT PREPARED or ROLLBACK PREPARED: only its transaction manager knows which. See pg_prepared_xacts."
        )
        yield ref, prepared.xid_age, advice
    for slot in catalog.rows(ReplicationSlot):
        age = max(slot.xmin_age_xids or 0, slot.catalog_xmin_age_xids or 0)
        advice = "Let its consumer catch up, or, if there is none any more, drop it with pg_drop_replication_slot()."
        yield ObjectRef("replication slot", slot.name), age, advice
    for replica in catalog.rows(Replica):
        advice = "A query on the standby is that old, and hot_standby_feedback reports it here: end it there."
        yield ObjectRef("replica", replica.application_name or "unnamed"), replica.xmin_age_xids or 0, advice
