"""Facts in the shape in which a gate's report publishes them."""

from __future__ import annotations

from collections.abc import Iterable

from pgaudit.migrations.facts import RelationFacts
from pgaudit.migrations.waiting import moment_of
from pgaudit.reports.gate_contract import GateMoment, GateRelation
from pgaudit.utc import utc_text
from probes.catalog.catalog import Catalog


def published_relations(touched: Iterable[RelationFacts]) -> tuple[GateRelation, ...]:
    """What is known of tables, the largest first."""
    found = sorted(touched, key=lambda one: (-(one.table_bytes or 0), one.name))
    return tuple(map(_published, found))


def _published(one: RelationFacts) -> GateRelation:
    traffic, statements = one.traffic, one.statements
    return GateRelation(
        relation=one.name,
        table_bytes=one.table_bytes,
        index_bytes=one.index_bytes,
        rows=one.rows,
        scans_per_second=_rate(traffic.scans_per_second if traffic else None),
        writes_per_second=_rate(traffic.writes_per_second if traffic else None),
        counters_age_seconds=round(traffic.age_seconds) if traffic else None,
        reading_statements_per_second=_rate(statements.reads_per_second if statements else None),
        writing_statements_per_second=_rate(statements.writes_per_second if statements else None),
        mean_statement_ms=_rate(statements.mean_ms if statements else None),
        statements_age_seconds=round(statements.age_seconds) if statements and statements.age_seconds else None,
    )


def _rate(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def published_moment(catalog: Catalog, now: float) -> GateMoment:
    """What was open when the database was looked at.

    Args:
        catalog: The database as it was then.
        now: Seconds since 1970, by the clock of the gate.
    """
    moment = moment_of(catalog)
    oldest = moment.oldest_transaction_seconds
    return GateMoment(
        taken_at=utc_text(moment.taken_at),
        age_seconds=max(0, round(now - moment.taken_at)),
        oldest_transaction_seconds=None if oldest is None else round(oldest, 1),
        prepared_transactions=moment.prepared_transactions,
        oldest_prepared_seconds=moment.oldest_prepared_seconds,
        slots_with_xmin=moment.slots_with_xmin,
        oldest_slot_age_xids=moment.oldest_slot_age_xids,
        unseen=moment.unseen,
    )
