"""How bad a flag is: what it blocks, for how long, and who queues behind it. Estimates are called so."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.model import RelationRef
from migrations_safety.rule import Flag, Rule
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, TableStatistics
from probes.finding import Evidence, Severity

SMALL_BYTES = 1_048_576
LARGE_BYTES = 104_857_600
HUGE_BYTES = 10_737_418_240
_BYTES_A_SECOND = 104_857_600
"""What a scan or rewrite of a cached table manages on ordinary hardware: an assumption, named in the evidence."""


class Graded(msgspec.Struct, frozen=True):
    """A severity and the numbers it was made from."""

    severity: Severity
    evidence: Evidence


def grade(rule: Rule, flag: Flag, catalog: Catalog | None) -> Graded:
    """The severity of a flag. Without a database it is the rule's own, and the evidence says so."""
    default = flag.severity or rule.severity
    if not flag.blocked:
        return Graded(default, flag.evidence)
    if catalog is None:
        return Graded(default, {**flag.evidence, "judged_without_sizes": True})
    table_bytes = max(_bytes(ref, catalog) for ref in flag.blocked)
    evidence: dict[str, str | int | float | bool | tuple[str, ...] | None] = {
        **flag.evidence,
        "table_bytes": table_bytes,
    }
    evidence |= _traffic(flag.blocked[0], catalog)
    if flag.works:
        evidence["estimated_hold_seconds"] = round(table_bytes / _BYTES_A_SECOND, 3)
        return Graded(_by_size(table_bytes), evidence)
    return Graded(default if table_bytes >= SMALL_BYTES else Severity.INFO, evidence)


def _by_size(table_bytes: int) -> Severity:
    if table_bytes < SMALL_BYTES:
        return Severity.INFO
    if table_bytes < LARGE_BYTES:
        return Severity.MEDIUM
    return Severity.HIGH if table_bytes < HUGE_BYTES else Severity.CRITICAL


def _bytes(ref: RelationRef, catalog: Catalog) -> int:
    row = catalog.find(PgClass, ref.oid) if ref.oid > 0 else None
    relation = catalog.relation(row.oid) if row else None
    return relation.heap_bytes if relation else 0


def _traffic(ref: RelationRef, catalog: Catalog) -> Evidence:
    """Writes a second since the counters began; nothing where they are not known or too young to divide by."""
    if catalog.absent(TableStatistics) or ref.oid <= 0:
        return {}
    counters = catalog.find(TableStatistics, ref.oid, "relation")
    age = catalog.server.counters_age_seconds
    if counters is None or age < 1:
        return {}
    writes = counters.inserted + counters.updated + counters.deleted
    return {"writes_per_second": round(writes / age, 3), "counters_age_seconds": round(age)}
