"""What was looked at and found clean, and what could not be looked at: both are evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from pgaudit.reports.contract import Report
from pgaudit.reports.words import counted
from pgaudit.review.evidence.records import Record, RecordKind, record_id
from probes.check import Check
from probes.finding import Skip


def coverage_records(report: Report, checks: Sequence[Check]) -> Iterator[Record]:
    """A record for each check that found nothing, each that could not run, and each area as a whole."""
    found = {finding.check for finding in report.findings}
    skips: defaultdict[str, list[Skip]] = defaultdict(list)
    for skip in report.skipped:
        skips[skip.check].append(skip)
    failed = {failure.check: failure.error for failure in report.failed}
    for check in checks:
        if check.id in skips:
            yield _skipped(check, skips[check.id])
        elif check.id in failed:
            yield _broken(check, failed[check.id])
        elif check.id not in found:
            yield _clean(check)
    yield from _areas(checks, found, set(skips) | set(failed))


def _clean(check: Check) -> Record:
    return Record(
        id=record_id(RecordKind.NEGATIVE, check.id),
        kind=RecordKind.NEGATIVE,
        topic=check.id,
        title=check.title,
        says=f"checked over the whole scope, nothing found: {check.title}",
    )


def _skipped(check: Check, skips: Sequence[Skip]) -> Record:
    whole = [skip for skip in skips if skip.object is None]
    first = (whole or skips)[0]
    what = "not verified" if whole else f"not verified for {len(skips)} object{'s' if len(skips) > 1 else ''}"
    return Record(
        id=record_id(RecordKind.SKIP, check.id),
        kind=RecordKind.SKIP,
        topic=check.id,
        title=check.title,
        says=f"{what}: {_reason(first.reason)}",
        facts={"objects": tuple(str(skip.object) for skip in skips if skip.object)[:20], "whole_check": bool(whole)},
        needs=first.needs,
    )


def _reason(text: str) -> str:
    """Why it could not run, without the name of what was to be collected where the reason names it again."""
    area, colon, rest = text.partition(": ")
    return rest if colon and rest.startswith(area.removesuffix("_info")) else text


def _broken(check: Check, error: str) -> Record:
    return Record(
        id=record_id(RecordKind.SKIP, check.id),
        kind=RecordKind.SKIP,
        topic=check.id,
        title=check.title,
        says=f"not verified: the check broke ({error})",
        facts={"whole_check": True},
    )


def _areas(checks: Sequence[Check], found: set[str], unseen: set[str]) -> Iterator[Record]:
    by_area: defaultdict[str, list[str]] = defaultdict(list)
    for check in checks:
        by_area[check.area].append(check.id)
    for area, ids in by_area.items():
        hit, dark = len([one for one in ids if one in found]), len([one for one in ids if one in unseen])
        clean = len([one for one in ids if one not in found and one not in unseen])
        yield Record(
            id=record_id(RecordKind.INVENTORY, f"coverage/{area}"),
            kind=RecordKind.INVENTORY,
            topic=f"coverage/{area}",
            title=f"Coverage of {area}",
            says=_told(area, len(ids), hit, clean, dark),
            facts={"checks": len(ids), "with_findings": hit, "clean": clean, "not_verified": dark},
        )


def _told(area: str, checks: int, hit: int, clean: int, dark: int) -> str:
    unseen = f", {dark} could not run fully" if dark else ""
    seen = f"{hit or 'none'} found something, {clean or 'none'} found nothing"
    return f"{counted(checks, 'check')} of {area}: {seen}{unseen}"
