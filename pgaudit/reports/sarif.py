"""The report as SARIF 2.1.0, in the shape that code hosts take: at most 5,000 results, each with a location."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from pgaudit.reports.escaping import is_comment, json_safe, printable, shortened, sql_lines
from pgaudit.reports.gate_contract import SHOWN_SQL_BYTES
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Absent, Item, Page, Place
from pgaudit.reports.paging import page_of
from pgaudit.reports.words import counted
from probes.finding import ObjectRef, Severity

LIMIT_RESULTS = 5_000
"""GitHub shows no more of one upload."""
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_MESSAGE_CHARACTERS = 1_000
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITIES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.5",
}
_SECURITY = "security"
_GONE = {"fixed", "gone"}
"""Of what is not reported any more. What could not be checked is in no state that SARIF has a word for."""
_BASELINE = {"new": "new", "reopened": "new", "worse": "updated", "better": "updated"}


def render(report: Published, view: View) -> str:
    """One run. The most severe results are kept where there are too many, and a notification says how many were cut."""
    page = page_of(report)
    wanted = [item for item in page.items if item.severity.at_least(view.min_severity)]
    wanted.sort(key=lambda item: (item.suppressed is not None, -item.severity.rank))
    kept = wanted[:LIMIT_RESULTS]
    absent = [one for one in page.absent if one.word in _GONE and one.severity.at_least(view.min_severity)]
    left = absent[: LIMIT_RESULTS - len(kept)]
    cut = len(wanted) + len(absent) - len(kept) - len(left)
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(page, kept, left, cut=cut)]}
    return json_safe(msgspec.json.format(msgspec.json.encode(log), indent=2).decode()) + "\n"


def _run(page: Page, items: list[Item], absent: list[Absent], cut: int) -> dict[str, Any]:
    rules = list(dict.fromkeys([*(item.rule for item in items), *(one.rule for one in absent)]))
    is_compared = bool(absent) or any(item.state for item in items)
    index = {rule: position for position, rule in enumerate(rules)}
    return {
        "tool": {"driver": _driver(page, items, absent)},
        "automationDetails": {"id": f"pgaudit/{page.name}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(page, cut)],
        "results": [
            *(_result(item, index[item.rule], is_compared=is_compared) for item in items),
            *(_absent_result(one, index[one.rule]) for one in absent),
        ],
    }


def _driver(page: Page, items: list[Item], absent: list[Absent]) -> dict[str, Any]:
    worst: dict[str, Item] = {}
    for item in items:
        known = worst.setdefault(item.rule, item)
        if item.severity.rank > known.severity.rank:
            worst[item.rule] = item
    rules = [_rule(item.rule, item.title, item.area, item.severity) for item in worst.values()]
    others = {one.rule: one for one in absent if one.rule not in worst}
    rules += [_rule(one.rule, one.title, one.rule.partition("/")[0], one.severity) for one in others.values()]
    named = {"name": page.tool.name or "pgaudit", "rules": rules}
    return {**named, "version": page.tool.version} if page.tool.version else named


def _rule(rule: str, title: str, area: str, severity: Severity) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": [area]}
    if area == _SECURITY:
        properties["security-severity"] = _SECURITY_SEVERITIES[severity]
    return {
        "id": rule,
        "shortDescription": {"text": title},
        "help": {"text": f"pgaudit explain {rule}"},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": properties,
    }


def _invocation(page: Page, cut: int) -> dict[str, Any]:
    said = [_notification("note", f"not checked: {', '.join(one.checks)}: {one.reason}") for one in page.unchecked]
    said += [_notification("error", f"a check broke: {failure}") for failure in page.broken]
    said += [_notification("warning", text) for text in (*page.alerts, *page.notes)]
    if cut:
        text = f"{counted(cut, 'result')} left out, the least severe: code hosts show {LIMIT_RESULTS:,}"
        said.append(_notification("warning", text))
    return {"executionSuccessful": not page.alerts, "toolExecutionNotifications": said}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}


def _result(item: Item, rule_index: int, *, is_compared: bool) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[item.severity],
        "message": {"text": _message(item)},
        "locations": [_location(item.place, item.object)],
        "partialFingerprints": {"pgaudit/v1": item.id},
        "properties": _properties(item),
    }
    if _can_be_applied(item):
        result["fixes"] = [_fix(item)]
    if item.suppressed:
        kind = "inSource" if item.suppressed.source == "comment" else "external"
        result["suppressions"] = [{"kind": kind, "justification": printable(item.suppressed.reason)}]
    if is_compared:  # of a run all results say it, or none
        result["baselineState"] = _BASELINE.get(item.state.value if item.state else "", "unchanged")
    return result


def _absent_result(one: Absent, rule_index: int) -> dict[str, Any]:
    """What the run before reported and this one does not, for its check ran and found nothing there."""
    text = shortened(f"{one.subject}: {one.word} since the run before", _MESSAGE_CHARACTERS)
    return {
        "ruleId": one.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[one.severity],
        "message": {"text": text.replace("](", "]\\(")},
        "locations": [_location(one.place, one.object)],
        "partialFingerprints": {"pgaudit/v1": one.id},
        "properties": {"severity": one.severity.value},
        "baselineState": "absent",
    }


def _message(item: Item) -> str:
    text = item.message if item.place.is_file else f"{item.subject}: {item.message}"
    waits = "".join(f" {one[:1].upper()}{one[1:]}." for one in item.frame.told) if item.frame else ""
    # `[text](1)` would be a link to a related location, and a viewer may make one of any target.
    return shortened(f"{text}{waits}", _MESSAGE_CHARACTERS).replace("](", "]\\(")


def _properties(item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {"severity": item.severity.value, "confidence": item.confidence.value}
    found["evidence"] = dict(item.evidence)
    if item.introduced:
        found["introduced"] = True
    return found


def _location(where: Place, subject: ObjectRef | None) -> dict[str, Any]:
    place: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(where)},
            "region": {"startLine": where.line, "startColumn": where.column},
        }
    }
    if subject is not None:
        named = printable(str(subject))
        place["logicalLocations"] = [{"fullyQualifiedName": named, "kind": printable(subject.kind)}]
    return place


def _uri(place: Place) -> str:
    return quote(place.path.encode("utf-8", "replace"), safe="/-._~")


def _can_be_applied(item: Item) -> bool:
    """Whether the remedy can be run, and takes the place of the whole statement."""
    is_cut = item.frame is not None and len(item.frame.sql.encode("utf-8", "replace")) >= SHOWN_SQL_BYTES
    return bool(item.sql) and not is_cut and not any(map(is_comment, item.sql))


def _fix(item: Item) -> dict[str, Any]:
    lines = "\n".join(_raw_lines(item.sql))
    text = lines.removesuffix(";") if item.frame else f"{lines}\n"  # the statement's own semicolon stays where it is
    described = f"{item.sql_label}{f': {item.note}' if item.note else ''}"
    replacement = {"deletedRegion": _replaced(item), "insertedContent": {"text": text}}
    change = {"artifactLocation": {"uri": _uri(item.place)}, "replacements": [replacement]}
    return {"description": {"text": described}, "artifactChanges": [change]}


def _replaced(item: Item) -> dict[str, int]:
    if item.frame is None:
        return {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    lines = item.frame.sql.split("\n")
    start, last = item.frame.line, item.frame.line + len(lines) - 1
    before = item.frame.column if len(lines) == 1 else 1
    return {"startLine": start, "startColumn": item.frame.column, "endLine": last, "endColumn": before + len(lines[-1])}


def _raw_lines(statements: Iterable[str]) -> Iterable[str]:
    return (line for statement in statements for line in sql_lines(statement))
