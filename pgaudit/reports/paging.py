"""Laying out what was published: the page of a scan, the page of a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from pgaudit.reports.contract import AbsentFinding, Report, ReportFinding, ReportTarget
from pgaudit.reports.escaping import printable
from pgaudit.reports.gate_contract import GateReport
from pgaudit.reports.interface import Published
from pgaudit.reports.page import Absent, Item, Kind, Page, Place, Unchecked
from pgaudit.reports.words import evidence_pairs, largest_bytes, object_in_words, seconds_in_words
from probes.finding import ObjectRef, Skip


def page_of(report: Published) -> Page:
    """The page of a report."""
    match report:
        case Report():
            return _scan_page(report)
        case GateReport():
            from pgaudit.reports.gate_paging import gate_page  # noqa: PLC0415 - a scan needs nothing of it

            return gate_page(report)
        case _:
            assert_never(report)


def _scan_page(report: Report) -> Page:
    target = report.target
    version = server_version(target)
    items = tuple(item_of(finding, report.titles, target.name) for finding in report.findings)
    return Page(
        kind=Kind.SCAN,
        tool=report.tool,
        name=printable(target.name),
        heading=f"{printable(target.name)}: PostgreSQL {version}, {_standing(target)}, as {printable(target.role)}",
        facts=target_facts(target),
        alerts=_alerts(report),
        items=items,
        resolved=(),
        unchecked=_unchecked(report.skipped),
        broken=tuple(f"{printable(one.check)}: {printable(one.error)}" for one in report.failed),
        notes=tuple(map(printable, (*report.warnings, *(report.since.notes if report.since else ())))),
        score=report.score,
        started_at=report.started_at,
        cost=f" in {report.duration_ms / 1000:.1f} s",
        where=f"{printable(target.name)} @ PostgreSQL {version}",
        incomplete=bool(report.skipped or report.failed or report.interrupted),
        since=report.since.previous_run_at if report.since else None,
        absent=tuple(_absent(one, report) for one in report.since.absent) if report.since else (),
    )


def _absent(finding: AbsentFinding, report: Report) -> Absent:
    return Absent(
        word=finding.state.value.replace("_", " "),
        rule=printable(finding.check),
        severity=finding.severity,
        subject=object_in_words(finding.object),
        reason=printable(finding.reason) if finding.reason else None,
        id=finding.id,
        title=printable(report.titles.get(finding.check, finding.check)),
        object=finding.object,
        place=_place(finding.object, report.target.name),
    )


def server_version(target: ReportTarget) -> str:
    """`16.4`, from the server's words or its number."""
    words = target.server_version.split(" ")[0]
    return printable(words) if words else version_in_words(target.server_version_num)


def version_in_words(version_num: int) -> str:
    """`16.4` from 160004; `16` where the minor is not known."""
    major, minor = divmod(version_num, 10_000)
    return f"{major}.{minor}" if minor else str(major)


def _standing(target: ReportTarget) -> str:
    return "standby" if target.in_recovery else "primary"


def target_facts(target: ReportTarget) -> tuple[str, ...]:
    """What qualifies every number of the report."""
    facts = [f"database {printable(target.database)}", f"counters {seconds_in_words(target.stats_age_seconds)} old"]
    facts += [printable(target.provider)] if target.provider else []
    facts += ["behind a pooler"] if target.pooled else []
    facts += [f"from a snapshot of {printable(target.snapshot_taken_at)}"] if target.snapshot_taken_at else []
    return tuple(facts)


def _alerts(report: Report) -> tuple[str, ...]:
    if not report.interrupted:
        return ()
    return (f"interrupted: {printable(report.interrupted)}; what was not read is listed as not checked",)


def item_of(finding: ReportFinding, titles: Mapping[str, str], target: str, *, introduced: bool = False) -> Item:
    """A scan's finding as an item."""
    fix = finding.fix
    return Item(
        id=finding.id,
        rule=printable(finding.check),
        title=printable(titles.get(finding.check, finding.check)),
        area=printable(finding.check.partition("/")[0]),
        severity=finding.severity,
        confidence=finding.confidence,
        subject=object_in_words(finding.object),
        object=finding.object,
        place=_place(finding.object, target),
        message=printable(finding.message),
        evidence=evidence_pairs(finding.evidence),
        weight_bytes=largest_bytes(finding.evidence),
        sql=fix.sql if fix else (),
        sql_label="fix",
        transactional=fix.transactional if fix else True,
        note=printable(fix.note) if fix and fix.note else None,
        advice=printable(finding.advice) if finding.advice else None,
        suppressed=finding.suppressed,
        state=finding.baseline,
        introduced=introduced,
    )


def _place(subject: ObjectRef, target: str) -> Place:
    """A database object has no file: code hosts drop results without one, so its names make up a path."""
    parts = ["database", target, subject.schema or "-", *([subject.table] if subject.table else []), subject.name]
    return Place("/".join(part.replace("/", "\u2215") for part in parts), 1, 1, is_file=False)


def _unchecked(skipped: tuple[Skip, ...]) -> tuple[Unchecked, ...]:
    by_reason: dict[str, list[str]] = {}
    for skip in skipped:
        needs = f" (needs {skip.needs})" if skip.needs else ""
        by_reason.setdefault(printable(f"{skip.reason}{needs}"), []).append(printable(skip.check))
    return tuple(Unchecked(reason, tuple(sorted(set(names)))) for reason, names in by_reason.items())
