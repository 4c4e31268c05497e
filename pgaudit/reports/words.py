"""Saying numbers, names and sums in words that fit a line and cannot steer a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from pgaudit.audit.score import FULL_SCORE, Score
from pgaudit.reports.escaping import printable
from pgaudit.reports.page import Item, Page, counts
from probes.finding import Evidence, EvidenceValue, ObjectRef

__all__ = ["printable"]  # the commands say it by this name too

_KIBI = 1024
_BYTE_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_TEN = 10


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


def evidence_pair(key: str, value: EvidenceValue) -> tuple[str, str]:
    """`("table", "1.4 GB")` from `table_bytes`, printable."""
    label = printable(key.replace("_", " "))
    match value:
        case None:
            return label, "unknown"
        case bool():
            return label, "yes" if value else "no"
        case int() | float():
            return _measured(key, label, value)
        case str():
            return label, printable(value)
        case _:
            return label, ", ".join(map(printable, value)) or "none"


def evidence_pairs(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """Labels and values in words, without what is unknown or empty: JSON has those too."""
    return tuple(evidence_pair(key, value) for key, value in evidence.items() if value is not None and value != ())


def _measured(key: str, label: str, value: float) -> tuple[str, str]:
    name, _, unit = key.rpartition("_")
    bare = printable(name.replace("_", " ")) or label
    match unit:
        case "bytes":
            return bare, bytes_in_words(value)
        case "seconds":
            return bare, seconds_in_words(value)
        case "ratio":
            return bare, f"{value:.1%}"
        case "ms":
            return bare, f"{value:,.1f} ms"
        case _:
            return label, f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def largest_bytes(evidence: Evidence) -> int:
    """The largest size among the evidence; 0 where there is none."""
    sizes = [value for key, value in evidence.items() if key.endswith("_bytes") and isinstance(value, int | float)]
    return int(max(sizes, default=0))


def object_in_words(subject: ObjectRef) -> str:
    """`index app.orders.orders_pkey`, printable."""
    return printable(f"{subject.kind} {subject}")


def counted(count: int, noun: str) -> str:
    """`1 check`, `3 checks`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def tally(items: Iterable[Item]) -> str:
    """`1 critical, 4 medium`, worst first; `nothing found` where there is nothing."""
    parts = [f"{count} {severity.value}" for severity, count in counts(items).items() if count]
    return ", ".join(parts) or "nothing found"


def arithmetic(score: Score) -> str:
    """`100 - 1 critical x 25 - 5 high x 10 = 25`: how the score came about."""
    terms = "".join(f" - {term.checks} {term.severity.value} x {term.points_each}" for term in score.terms)
    lost = sum(term.checks * term.points_each for term in score.terms)
    floor = ", not below 0" if lost > FULL_SCORE else ""
    return f"{FULL_SCORE}{terms} = {score.value}{floor}"


def summary(page: Page) -> str:
    """The one line that says it all, for the end of a report and for subjects of mails."""
    unchecked = len({check for one in page.unchecked for check in one.checks})
    states = counted_states(page)
    asides = [
        states,
        f"{len(page.suppressed_items)} suppressed" if page.suppressed_items else "",
        f"{counted(len(page.resolved), 'finding')} resolved" if page.resolved else "",
        f"{counted(unchecked, 'check')} not run or not complete" if unchecked else "",
        f"{counted(len(page.broken), 'check')} broke" if page.broken else "",
        "interrupted" if page.alerts else "",
    ]
    aside = "; ".join(part for part in asides if part)
    score = f", score {page.score.value}" if page.score else ""
    return f"{tally(page.open_items)}{f' ({aside})' if aside else ''}{page.cost}{score} - {page.where}"


def counted_states(page: Page) -> str:
    """`2 new, 1 worse` against the baseline; empty where nothing was compared."""
    found = [item.state.value for item in page.open_items if item.state]
    found += [absent.word for absent in page.absent]
    words = ("new", "reopened", "worse", "better", "unchanged", "fixed", "gone", "not checked")
    return ", ".join(f"{found.count(word)} {word}" for word in words if word in found)
