"""Saying numbers, names and sums in words that fit a line and cannot steer a terminal."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from pgaudit.reports.contract import Report, ReportFinding
from probes.finding import EvidenceValue, ObjectRef, Severity

_KIBI = 1024
_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TEN = 10
_BIDI = {"\u200e", "\u200f", "\u061c", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def printable(text: str) -> str:
    """The text with every character that could move a cursor, hide text or turn its direction written as an escape."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _BIDI or unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def bytes_in_words(count: float) -> str:
    """`1.4 GB`, in units of 1024 as pg_size_pretty() has them."""
    value = float(count)
    for unit in _BYTE_UNITS[:-1]:
        if abs(value) < _KIBI:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= _KIBI
    return f"{value:.1f} {_BYTE_UNITS[-1]}"


def seconds_in_words(seconds: float) -> str:
    """`3.1 days`, `2.5 hours`, `40 s`."""
    for size, unit in ((_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if abs(seconds) >= size * 2:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s" if seconds < _TEN else f"{seconds:.0f} s"


def evidence_in_words(key: str, value: EvidenceValue) -> str:
    """`table 1.4 GB` from `table_bytes`: the unit is the last word of the key."""
    label = key.replace("_", " ")
    if value is None:
        return f"{label} unknown"
    if isinstance(value, bool):
        return f"{label} {'yes' if value else 'no'}"
    if isinstance(value, int | float):
        return _measured(key, label, value)
    return f"{label} {printable(value if isinstance(value, str) else ', '.join(value))}"


def _measured(key: str, label: str, value: float) -> str:
    name, _, unit = key.rpartition("_")
    bare = name.replace("_", " ") or label
    match unit:
        case "bytes":
            return f"{bare} {bytes_in_words(value)}"
        case "seconds":
            return f"{bare} {seconds_in_words(value)}"
        case "ratio":
            return f"{bare} {value:.1%}"
        case "ms":
            return f"{bare} {value:,.1f} ms"
        case _:
            return f"{label} {value:,}" if isinstance(value, int) else f"{label} {value:,.6g}"


def object_in_words(subject: ObjectRef) -> str:
    """`index app.orders.orders_pkey`, without the word where the kind and the name are one (a database's settings)."""
    return printable(f"{subject.kind} {subject}")


def tally(findings: Iterable[ReportFinding]) -> str:
    """`1 critical, 4 medium`, worst first; `nothing found` where there is nothing."""
    counts = Counter(finding.severity for finding in findings)
    parts = [f"{counts[severity]} {severity.value}" for severity in Severity if counts[severity]]
    return ", ".join(parts) or "nothing found"


def summary(report: Report) -> str:
    """The one line that says it all, for the end of a report and for subjects of mails."""
    suppressed = len(report.findings) - len(report.open_findings)
    unchecked = len({skip.check for skip in report.skipped})
    asides = [
        f"{suppressed} suppressed" if suppressed else "",
        f"{unchecked} checks not run or not complete" if unchecked else "",
        f"{len(report.failed)} checks broke" if report.failed else "",
        "interrupted" if report.interrupted else "",
    ]
    aside = "; ".join(part for part in asides if part)
    target = report.target
    where = f"{printable(target.name)} @ PostgreSQL {target.server_version.split(' ')[0]}"
    found = tally(report.open_findings)
    cost = f"in {report.duration_ms / 1000:.1f} s, score {report.score.value}"
    return f"{found}{f' ({aside})' if aside else ''} {cost} - {where}"
