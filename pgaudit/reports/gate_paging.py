"""Laying out a gate's report: statements as code frames, and what the migration leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from migrations_safety.effects.model import Role
from pgaudit.reports.escaping import printable
from pgaudit.reports.gate_contract import GateEffects, GateFinding, GateMoment, GateReport
from pgaudit.reports.page import Frame, Item, Kind, Page, Place
from pgaudit.reports.paging import item_of, server_version, target_facts, version_in_words
from pgaudit.reports.words import counted, evidence_pairs, largest_bytes, seconds_in_words
from probes.catalog.locks import LockMode
from probes.finding import Confidence, Evidence

_WITHOUT_TARGET = "migrations"
_SHOWN_RELATIONS = 6
_IN_FRAME = frozenset(
    {
        "lock",
        "role",
        "estimated_hold_seconds",
        "estimated_queued_statements",
        "estimated_from",
        "would_have_waited_for",
        "looked_at",
    }
)
"""Evidence that the frame tells."""
_IN_NOTES = frozenset({"judged_without_sizes"})
"""What a note says once for all where there is no database."""
_OLD_SECONDS = 60
"""From which age on facts of the moment are not told as of now."""


def gate_page(report: GateReport) -> Page:
    """The page of a gate's report."""
    target = report.target
    name = printable(target.name) if target else _WITHOUT_TARGET
    rules = [_gate_item(finding, report) for finding in report.findings]
    left = [item_of(finding, report.titles, name, introduced=True) for finding in report.introduces]
    return Page(
        kind=Kind.GATE,
        tool=report.tool,
        name=name,
        heading=_heading(report),
        facts=(*(target_facts(target) if target else ()), *(_moment(report.moment) if report.moment else ())),
        alerts=(),
        items=tuple(sorted([*rules, *left], key=lambda item: -item.severity.rank)),
        resolved=tuple(item_of(finding, report.titles, name) for finding in report.resolves),
        unchecked=(),
        broken=(),
        notes=tuple(map(printable, report.notes)),
        score=None,
        started_at=report.started_at,
        cost="" if report.duration_ms is None else f" in {report.duration_ms / 1000:.1f} s",
        where=_where(report, name),
        incomplete=report.incomplete,
    )


def _heading(report: GateReport) -> str:
    files = len({statement.file for statement in report.statements})
    what = f"{counted(len(report.statements), 'statement')} in {counted(files, 'file')}"
    if report.target is None:
        return f"{what}, for PostgreSQL {version_in_words(report.server_version_num)}, without a database"
    return f"{what}, against {printable(report.target.name)}: PostgreSQL {server_version(report.target)}"


def _moment(moment: GateMoment) -> Iterable[str]:
    """What was open then; said only where something was, or where it cannot be said."""
    oldest_s = moment.oldest_transaction_seconds
    ago = f"{seconds_in_words(moment.age_seconds)} ago" if moment.age_seconds >= _OLD_SECONDS else "now"
    if oldest_s is None or moment.unseen:
        yield f"not all that is open could be seen: {printable('; '.join(moment.unseen))}"
    if oldest_s:
        yield f"oldest transaction {ago} {seconds_in_words(oldest_s)}"
    if moment.prepared_transactions:
        oldest = f", the oldest {seconds_in_words(moment.oldest_prepared_seconds or 0.0)}"
        yield f"{counted(moment.prepared_transactions, 'prepared transaction')} {ago}{oldest}"
    if moment.slots_with_xmin:
        yield f"{counted(moment.slots_with_xmin, 'slot')} keeping dead rows {ago}"


def _where(report: GateReport, name: str) -> str:
    version = server_version(report.target) if report.target else version_in_words(report.server_version_num)
    return f"{name} @ PostgreSQL {version}"


def _gate_item(finding: GateFinding, report: GateReport) -> Item:
    frame = _frame(finding, report)
    said = _IN_FRAME if frame else frozenset[str]()
    said |= _IN_NOTES if report.target is None else frozenset()
    evidence = {key: value for key, value in finding.evidence.items() if key not in said}
    return Item(
        id=finding.id,
        rule=printable(finding.rule),
        title=printable(report.titles.get(finding.rule, finding.rule)),
        area="migration",
        severity=finding.severity,
        confidence=Confidence.HIGH,
        subject=f"{printable(finding.file)}:{finding.line}",
        object=None,
        place=Place(finding.file, finding.line, finding.column, is_file=True),
        message=printable(finding.message),
        evidence=evidence_pairs(evidence),
        weight_bytes=largest_bytes(finding.evidence),
        sql=finding.safe_rewrite or (),
        sql_label="safe rewrite",
        transactional=True,
        note=_note(finding),
        advice=None,
        suppressed=finding.suppressed,
        frame=frame,
    )


def _note(finding: GateFinding) -> str | None:
    """What must be known to run the safe rewrite, and what takes it back."""
    undone = f"where it stops half way: {'; '.join(finding.rollback)}" if finding.rollback else ""
    return printable("; ".join(filter(None, (finding.note, undone)))) or None


def _frame(finding: GateFinding, report: GateReport) -> Frame | None:
    if finding.statement is None or not 0 <= finding.statement < len(report.statements):
        return None
    statement = report.statements[finding.statement]
    effects = statement.effects
    return Frame(
        statement.sql,
        statement.line,
        statement.column,
        tuple(_effects_in_words(effects)),
        who_waits(effects),
        _estimate(finding.evidence),
        _in_the_way(finding.evidence),
    )


def _estimate(evidence: Evidence) -> str | None:
    hold_s, queued = evidence.get("estimated_hold_seconds"), evidence.get("estimated_queued_statements")
    if not isinstance(hold_s, int | float):
        return None
    queue = f", {counted(int(queued), 'statement')} queue" if isinstance(queued, int | float) else ""
    source = evidence.get("estimated_from")
    return f"locked for {seconds_in_words(hold_s)}{queue}" + (f" ({printable(str(source))})" if source else "")


def _in_the_way(evidence: Evidence) -> str | None:
    found = evidence.get("would_have_waited_for")
    if not isinstance(found, tuple | list) or not found:
        return None
    return printable(f"{'; '.join(found)}, at {evidence.get('looked_at')}")


def _effects_in_words(effects: GateEffects) -> Iterable[str]:
    for lock in effects.locks[:_SHOWN_RELATIONS]:
        when = "" if lock.when == "always" else f", if: {printable(lock.when)}"
        yield f"locks {printable(lock.relation)}: {printable(lock.mode)} ({printable(lock.role)}{when})"
    if len(effects.locks) > _SHOWN_RELATIONS:
        yield f"locks {len(effects.locks) - _SHOWN_RELATIONS} more relations"
    for verb, names in (
        ("rewrites", effects.rewrites),
        ("scans", effects.scans),
        ("builds indexes on", effects.index_builds),
    ):
        if names:
            yield f"{verb} {_listed(names)}"
    if effects.requires_no_transaction:
        yield "refuses to run in a transaction block"
    if effects.error:
        yield f"error: {printable(effects.error)}"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN_RELATIONS} more" if len(names) > _SHOWN_RELATIONS else ""
    return ", ".join(map(printable, names[:_SHOWN_RELATIONS])) + more


def who_waits(effects: GateEffects) -> str | None:
    """Who waits for which relations, the strongest lock first; None where only other DDL and maintenance does."""
    known = {mode.value: mode for mode in LockMode}
    # DROP INDEX CONCURRENTLY and its kind lock the index when nobody uses it any more.
    of_index = Role.INDEX.value if effects.requires_no_transaction else None
    locks = [lock for lock in effects.locks if lock.mode in known and lock.role != of_index]
    tables = [lock for lock in locks if lock.role != Role.INDEX.value and _kept_waiting(known[lock.mode])]
    waiting: dict[str, list[str]] = {}  # nobody comes to an index but through its table
    told = set[str]()
    for lock in sorted(tables or locks, key=lambda lock: -known[lock.mode].strength):
        who = _kept_waiting(known[lock.mode])
        if who and lock.relation not in told:
            told.add(lock.relation)
            waiting.setdefault(who, []).append(printable(lock.relation))
    found = [f"{who} of {_listed(tuple(dict.fromkeys(names)))}" for who, names in waiting.items()]
    return "; ".join(found) or None


def _kept_waiting(mode: LockMode) -> str | None:
    match mode:
        case LockMode.ACCESS_EXCLUSIVE:
            return "every read and write"
        case LockMode.EXCLUSIVE:
            return "every write and SELECT FOR UPDATE"
        case LockMode.SHARE | LockMode.SHARE_ROW_EXCLUSIVE:
            return "every write"
        case LockMode.ACCESS_SHARE | LockMode.ROW_SHARE | LockMode.ROW_EXCLUSIVE | LockMode.SHARE_UPDATE_EXCLUSIVE:
            return None
        case _:
            assert_never(mode)
