"""How bad a flag is: what it blocks, for how long, and who queues behind it. Estimates are called so.

Whether a finding fails a deploy by default (`high` and above) is decided by the lock, the work and the size alone.
Traffic moves it within what fails and within what does not, and what is open at the moment moves nothing: a snapshot
gives the verdict of the database, however old it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from migrations_safety.effects.model import Effects, RelationRef
from migrations_safety.rule import Flag, Rule
from migrations_safety.timeline import Step
from pgaudit.utc import utc_text
from probes.catalog.locks import LockMode
from probes.finding import Evidence, EvidenceValue, Severity

if TYPE_CHECKING:
    from pgaudit.migrations.facts import Facts, RelationFacts

SMALL_BYTES = 1_048_576
LARGE_BYTES = 104_857_600
BYTES_A_SECOND = 104_857_600
"""What a scan or rewrite of a cached table manages on ordinary hardware: an assumption, named in the evidence."""
_CRITICAL_READS_S, _CRITICAL_WRITES_S = 10.0, 100.0
"""From which estimated hold on it is critical: where reads wait, where only writes do."""
_CRITICAL_QUEUE = 1_000
_BUSY_A_SECOND = 10.0
_IDLE_A_SECOND = 1 / 3_600
_USUAL_AGE_S = 600.0
"""Counters younger than this tell of one busy minute, not of how busy it usually is."""
_TELLING_AGE_S = 86_400.0
"""Counters younger than a day cannot tell that nobody uses a table."""


class Graded(msgspec.Struct, frozen=True):
    """A severity and the numbers it was made from."""

    severity: Severity
    evidence: Evidence


class _Load(msgspec.Struct, frozen=True, gc=False):
    """Who queues, a second."""

    per_second: float
    source: str
    all_per_second: float
    """Of those who do not queue, too."""
    age_seconds: float

    @property
    def usual_per_second(self) -> float:
        """The rate where it was counted long enough to move a severity, else 0."""
        return self.per_second if self.age_seconds >= _USUAL_AGE_S else 0.0

    @property
    def is_idle(self) -> bool:
        """Whether nobody has used the tables for a day."""
        return self.age_seconds >= _TELLING_AGE_S and self.all_per_second < _IDLE_A_SECOND


def grade(rule: Rule, flag: Flag, step: Step, facts: Facts | None) -> Graded:
    """The severity of a flag. Without a database it is the rule's own, and the evidence says so."""
    default = flag.severity or rule.severity
    if not flag.blocked:
        return Graded(default, flag.evidence)
    if facts is None:
        return Graded(default, {**flag.evidence, "judged_without_sizes": True})
    mode = _mode(flag, step)
    blocked = facts.apart(ref.oid for ref in flag.blocked)
    table_bytes, load = _bytes(blocked), _load(blocked, mode)
    evidence: dict[str, EvidenceValue] = {**flag.evidence, **_described(blocked, table_bytes)}
    if flag.works:
        work_bytes = _work_bytes(step.effects, facts, table_bytes)
        hold_s = None if work_bytes is None else work_bytes / BYTES_A_SECOND
        evidence |= _estimated(work_bytes, hold_s, load)
        severity = _while_working(default, work_bytes, table_bytes, load, mode)
    else:
        severity = _while_waiting(default, table_bytes, load)
    return Graded(severity, {**evidence, **_in_the_way(flag, step, facts, mode)})


# ---- severity


def _while_working(
    default: Severity, work_bytes: int | None, table_bytes: int | None, load: _Load | None, mode: LockMode | None
) -> Severity:
    if work_bytes is None:
        return default
    if work_bytes < SMALL_BYTES:
        return Severity.INFO if (table_bytes or 0) < SMALL_BYTES else Severity.LOW
    if work_bytes < LARGE_BYTES:
        return Severity.LOW if load and load.is_idle else Severity.MEDIUM
    hold_s = work_bytes / BYTES_A_SECOND
    most_s = _CRITICAL_READS_S if mode is None or mode.blocks_reads else _CRITICAL_WRITES_S
    queued = load.usual_per_second * hold_s if load else 0.0
    return Severity.CRITICAL if hold_s >= most_s or queued >= _CRITICAL_QUEUE else Severity.HIGH


def _while_waiting(default: Severity, table_bytes: int | None, load: _Load | None) -> Severity:
    """Of a lock that is held for a moment: the wait for it is what hurts, and only where somebody comes meanwhile."""
    if table_bytes is None or table_bytes >= SMALL_BYTES:
        return default
    is_busy = load is not None and load.usual_per_second >= _BUSY_A_SECOND
    return Severity.LOW if is_busy and default.at_least(Severity.LOW) else Severity.INFO


def _mode(flag: Flag, step: Step) -> LockMode | None:
    """The strongest of the lock that the flag speaks of and those that its statement takes on what it blocks."""
    names = {ref.qualified_name for ref in flag.blocked}
    modes = [lock.mode for lock in step.effects.locks if lock.relation.qualified_name in names]
    modes += [mode for mode in LockMode if mode.value == flag.evidence.get("lock")]
    return max(modes, key=lambda mode: mode.strength, default=None)


# ---- numbers


def _bytes(tables: Iterable[RelationFacts | None]) -> int | None:
    """All of them together; None where the size of one is not known."""
    sizes = [None if one is None else one.table_bytes for one in tables]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _work_bytes(effects: Effects, facts: Facts, otherwise: int | None) -> int | None:
    """What is read or written anew, indexes that a rewrite builds again included."""
    rewritten = [work.relation for work in effects.rewrites if not work.is_empty]
    scanned = [work.relation for work in effects.scans if not work.is_empty]
    if not rewritten and not scanned:
        return otherwise
    anew, read = facts.apart(_oids(rewritten)), facts.apart(_oids([*rewritten, *scanned]))
    total = _bytes(read)
    return None if total is None else total + sum(one.index_bytes for one in anew if one)


def _oids(relations: Iterable[RelationRef]) -> list[int]:
    return [relation.oid for relation in relations]


def _load(blocked: list[RelationFacts | None], mode: LockMode | None) -> _Load | None:
    """Who queues behind the lock: by pg_stat_statements where it can tell, or else by the counters of the tables."""
    reads_wait = mode is None or mode.blocks_reads
    known = [one for one in blocked if one is not None]
    counted = [one.traffic for one in known if one.traffic]
    if not counted:
        return None
    age_seconds = counted[0].age_seconds
    all_per_second = sum(one.scans_per_second + one.writes_per_second for one in counted)
    said = [one.statements for one in known if one.statements and one.statements.reads_per_second is not None]
    if said:
        reads = sum(one.reads_per_second or 0.0 for one in said) if reads_wait else 0.0
        per_second = reads + sum(one.writes_per_second or 0.0 for one in said)
        what = "statements" if reads_wait else "writing statements"
        source = f"{per_second:,.3g} {what} a second by pg_stat_statements"
        return _Load(per_second, source, all_per_second, age_seconds)
    per_second = all_per_second if reads_wait else sum(one.writes_per_second for one in counted)
    what = "scans and rows written" if reads_wait else "rows written"
    source = f"{per_second:,.3g} {what} a second by the table's counters"
    return _Load(per_second, source, all_per_second, age_seconds)


# ---- evidence


def _described(blocked: list[RelationFacts | None], table_bytes: int | None) -> dict[str, EvidenceValue]:
    known = [one for one in blocked if one is not None]
    found: dict[str, EvidenceValue] = {"table_bytes": table_bytes}
    if table_bytes is None:
        return {**found, "judged_without_sizes": True}
    found["row_count"] = sum(one.rows or 0 for one in known)
    counted = [one.traffic for one in known if one.traffic]
    if counted:
        found["scans_per_second"] = round(sum(one.scans_per_second for one in counted), 3)
        found["writes_per_second"] = round(sum(one.writes_per_second for one in counted), 3)
        found["counters_age_seconds"] = round(counted[0].age_seconds)
    said = [one.statements for one in known if one.statements]
    if said:
        found["mean_statement_ms"] = round(max(one.mean_ms for one in said), 3)
    return found


def _estimated(work_bytes: int | None, hold_s: float | None, load: _Load | None) -> dict[str, EvidenceValue]:
    if hold_s is None or work_bytes is None:
        return {}
    found: dict[str, EvidenceValue] = {"estimated_hold_seconds": round(hold_s, 3)}
    made_from = [f"{work_bytes / 1_048_576:,.1f} MB at an assumed {BYTES_A_SECOND // 1_048_576} MB a second"]
    if load:
        found["estimated_queued_statements"] = round(load.per_second * hold_s)
        made_from.append(load.source)
    return {**found, "estimated_from": "; ".join(made_from)}


def _in_the_way(flag: Flag, step: Step, facts: Facts, mode: LockMode | None) -> dict[str, EvidenceValue]:
    from pgaudit.migrations.waiting import waits_for  # noqa: PLC0415 - only with a database

    tables = [leaf for ref in flag.blocked for leaf in (ref.oid, *facts.leaves(ref.oid))]
    found = waits_for(facts.catalog, mode, tables, step.effects.waits)
    if not found:
        return {}
    return {"would_have_waited_for": found, "looked_at": utc_text(facts.catalog.server.collected_at)}
