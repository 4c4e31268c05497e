"""An earlier review or scan as something to compare with, and how each of its issues stands now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from pgaudit.errors import BadConfiguration, ReportTooNew, ReportUnreadable
from pgaudit.reports import contract
from pgaudit.review.documents import envelope
from pgaudit.review.evidence.inventory.facts import listed
from pgaudit.review.evidence.records import Pack, Record, RecordKind, record_id
from probes.finding import Evidence, Severity

_CONTRACT = re.compile(r"(pgaudit-(?:review|report))/(\d{1,6})")
_SUPPORTED = 1
_TOLERANCE = 0.2
"""A number counts as worse from a fifth on."""
_NOT_MEASURES = re.compile(
    r"(_scans|_bytes|_rows|_pages|calls|total_ms|line|_value|_age_days|idle_seconds|age_seconds|rows_per_call|per_call)$"
)
"""Facts that move by themselves, or say how large an object is and not how bad the fault."""


class EarlierFinding(msgspec.Struct, frozen=True):
    """A finding of the earlier review."""

    id: str
    check: str
    title: str
    name: str
    severity: Severity
    facts: Evidence


class Earlier(msgspec.Struct, frozen=True):
    """What is compared with."""

    database: str
    taken_at: str
    findings: tuple[EarlierFinding, ...]


class _Head(msgspec.Struct):
    schema: str


def read_earlier(path: Path) -> Earlier:
    """The earlier review, or the scan's report, in a JSON file. Raises ReportUnreadable or ReportTooNew."""
    try:
        content = path.read_bytes()
        schema = msgspec.json.decode(content, type=_Head).schema
    except OSError as error:
        raise ReportUnreadable(path, error.strerror or str(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportUnreadable(path, f"no JSON review: {error}") from error
    named = _CONTRACT.fullmatch(schema)
    if named is None:
        raise ReportUnreadable(path, f"{schema!r} is neither a review nor a scan's report")
    if int(named[2]) > _SUPPORTED:
        raise ReportTooNew(path, found=schema, supported=f"{named[1]}/{_SUPPORTED}")
    try:
        if named[1] == "pgaudit-review":
            return _of_review(envelope.from_json(content))
        return _of_report(contract.from_json(content))
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise ReportUnreadable(path, f"damaged: {error}") from error


def _of_review(review: envelope.Review) -> Earlier:
    findings = tuple(_of_record(one) for one in review.evidence.of(RecordKind.FINDING) if one.accepted is None)
    return Earlier(review.target.database, review.evidence.taken_at, findings)


def _of_record(one: Record) -> EarlierFinding:
    severity = one.severity or Severity.INFO
    return EarlierFinding(one.id, one.topic, one.title, str(one.object or one.title), severity, one.facts)


def _of_report(report: contract.Report) -> Earlier:
    found = tuple(
        EarlierFinding(
            record_id(RecordKind.FINDING, one.check, one.object, (one.id,)),
            one.check,
            report.titles.get(one.check, one.check),
            str(one.object),
            one.severity,
            one.evidence,
        )
        for one in report.open_findings
    )
    return Earlier(report.target.database, report.started_at, found)


# ---- comparing


def with_statuses(pack: Pack, earlier: Earlier | None) -> Pack:
    """The pack with a record for how each issue stands against the earlier review.

    Raises:
        BadConfiguration: The earlier review is about another database.
    """
    if earlier is None:
        return pack
    if earlier.database != pack.target.database:
        happened = f"it is a review of {earlier.database}, not of {pack.target.database}"
        raise BadConfiguration("--previous", happened, "name the review of this database")
    return msgspec.structs.replace(pack, records=(*pack.records, *_statuses(pack, earlier)))


def _statuses(pack: Pack, earlier: Earlier) -> Iterator[Record]:
    before: defaultdict[str, list[EarlierFinding]] = defaultdict(list)
    for one in earlier.findings:
        if one.severity is not Severity.INFO:
            before[one.check].append(one)
    now: defaultdict[str, list[Record]] = defaultdict(list)
    for record in pack.of(RecordKind.FINDING):
        if record.accepted is None and record.severity is not Severity.INFO:
            now[record.topic].append(record)
    for check in sorted({*before, *now}):
        status, says = _status(pack, check, before.get(check, []), now.get(check, []))
        title = before[check][0].title if before.get(check) else now[check][0].title
        yield Record(
            id=record_id(RecordKind.EARLIER, f"earlier/{check}"),
            kind=RecordKind.EARLIER,
            topic=f"earlier/{check}",
            title=title,
            says=says,
            facts={"check": check, "status": status, "earlier_at": earlier.taken_at},
        )


def _status(pack: Pack, check: str, before: Sequence[EarlierFinding], now: Sequence[Record]) -> tuple[str, str]:
    """The status in the format's words, and the sentence behind it."""
    current = {record.id: record for record in now}
    gone = [one for one in before if one.id not in current]
    known = {one.id for one in before}
    fresh = [record for record in now if record.id not in known]
    dark = _unseen(pack, check, gone)
    if not before:
        return "New", f"not there before: {_names(fresh)}"
    if dark and not fresh:
        return "Not Verified", f"{dark}; {len(before) - len(gone)} of {len(before)} places are seen unchanged"
    worse = [told for one in before if (told := _worsened(one, current.get(one.id)))]
    if worse or len(now) > len(before):
        more = [f"{len(fresh)} more: {_names(fresh)}"] if fresh else []
        return "Worse", "; ".join([*worse, *more])
    if not now:
        return "Fixed", f"all {len(before)} places are gone" if len(before) > 1 else f"gone: {before[0].name}"
    if gone and not fresh:
        left = _names(now)
        return (
            "Partially Fixed",
            f"{len(gone)} of {len(before)} gone ({listed([one.name for one in gone])}); left: {left}",
        )
    moved = f"; {len(gone)} gone, {len(fresh)} came: {_names(fresh)}" if fresh else ""
    return "Not Fixed", f"{len(now)} of {len(before)} places as before{moved}"


def _names(records: Sequence[Record]) -> str:
    return listed([str(record.object or record.title) for record in records]) if records else "nothing"


def _unseen(pack: Pack, check: str, gone: Sequence[EarlierFinding]) -> str | None:
    """Why what is gone may not be gone: the check did not run, or not over that object."""
    records = [one for one in pack.records if one.topic == check]
    skips = [one for one in records if one.kind is RecordKind.SKIP]
    if not gone:
        return None
    if not records:
        return "the check did not run this time"
    for skip in skips:
        objects = skip.facts.get("objects")
        named = set(objects) if isinstance(objects, tuple | list) else set()
        if skip.facts.get("whole_check") or named & {one.name for one in gone}:
            return f"{skip.says}{f' (needs {skip.needs})' if skip.needs else ''}"
    return None


def _worsened(before: EarlierFinding, now: Record | None) -> str | None:
    if now is None or now.severity is None:
        return None
    if now.severity.rank > before.severity.rank:
        return f"{before.name}: {before.severity.value} before, {now.severity.value} now"
    for key, value in _measures(now.facts).items():
        old = _measures(before.facts).get(key)
        if old is not None and value > old * (1 + _TOLERANCE) and value > 0:
            return f"{before.name}: {key.replace('_', ' ')} {old:g} before, {value:g} now"
    return None


def _measures(facts: Evidence) -> Mapping[str, float]:
    """Numbers that say how bad a fault is."""
    return {
        key: float(value)
        for key, value in facts.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and not _NOT_MEASURES.search(key)
    }
