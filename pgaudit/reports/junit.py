"""The report as JUnit XML: a suite for each area, a failing case for each finding."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from pgaudit.reports.escaping import printable, sql_lines
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Item, Page
from pgaudit.reports.paging import page_of
from probes.finding import Severity

_TOOL = "pgaudit"


def render(report: Published, view: View) -> str:
    """Open findings fail, accepted ones and checks that did not run are skipped, broken checks are errors.

    A finding that is mere information passes. A report without any has one case that passed.
    """
    page = page_of(report)
    suites = list(_suites(page, view.min_severity))
    root = ET.Element("testsuites", {"name": f"{_TOOL} {page.kind.value}: {page.name}", **_sums(suites)})
    root.extend(suites)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(page: Page, min_severity: Severity) -> Iterator[ET.Element]:
    by_area: dict[str, list[ET.Element]] = {}
    for item in page.items:
        if item.severity.at_least(min_severity):
            by_area.setdefault(item.area, []).append(_case_of(item))
    for area, cases in sorted(by_area.items()):
        yield _suite(f"{_TOOL}.{area}", cases, page)
    others = [*_cases_not_run(page)]
    if others:
        yield _suite(f"{_TOOL}.not_checked", others, page)
    if not by_area and not others:
        yield _suite(_TOOL, [ET.Element("testcase", {"name": page.heading, "classname": _TOOL})], page)


def _suite(name: str, cases: list[ET.Element], page: Page) -> ET.Element:
    found = {"tests": str(len(cases)), "failures": _count(cases, "failure"), "errors": _count(cases, "error")}
    found["skipped"] = _count(cases, "skipped")
    if page.started_at:
        found["timestamp"] = printable(page.started_at).removesuffix("Z")
    suite = ET.Element("testsuite", {"name": name, **found})
    suite.extend(cases)
    return suite


def _count(cases: list[ET.Element], tag: str) -> str:
    return str(sum(1 for case in cases if case.find(tag) is not None))


def _sums(suites: list[ET.Element]) -> dict[str, str]:
    return {key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in ("tests", "failures", "errors")}


def _case_of(item: Item) -> ET.Element:
    case = ET.Element("testcase", {"name": f"{item.subject}: {item.title}", "classname": _class_name(item.rule)})
    if item.suppressed:
        ET.SubElement(case, "skipped", {"message": f"suppressed: {printable(item.suppressed.reason)}"})
    elif item.severity is Severity.INFO:
        ET.SubElement(case, "system-out").text = _details(item)
    else:
        failure = ET.SubElement(case, "failure", {"message": item.message, "type": item.severity.value})
        failure.text = _details(item)
    return case


def _class_name(rule: str) -> str:
    return f"{_TOOL}.{rule.replace('/', '.')}"


def _details(item: Item) -> str:
    frame = item.frame
    lines = [f"{item.severity.value}[{item.rule}] {item.subject}: {item.message}"]
    lines += [*frame.effects, *frame.told] if frame else []
    lines += [f"{label}: {value}" for label, value in item.evidence]
    lines += [f"{item.sql_label}:", *(line for one in item.sql for line in sql_lines(one))] if item.sql else []
    lines += [text for text in (item.note, item.advice) if text]
    return "\n".join(lines)


def _cases_not_run(page: Page) -> Iterator[ET.Element]:
    for one in page.unchecked:
        for check in one.checks:
            case = ET.Element("testcase", {"name": check, "classname": _class_name(check)})
            ET.SubElement(case, "skipped", {"message": one.reason})
            yield case
    for failure in page.broken:
        case = ET.Element("testcase", {"name": failure.partition(":")[0], "classname": f"{_TOOL}.broken"})
        ET.SubElement(case, "error", {"message": failure, "type": "broken check"})
        yield case
