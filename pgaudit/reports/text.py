"""The report for people at a terminal, and for logs: grouped by check, worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.reports.interface import View
from pgaudit.reports.words import evidence_in_words, object_in_words, printable, seconds_in_words, summary
from probes.finding import Severity, Skip

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_SHOWN_OF_A_KIND = 5
_SHOWN_OF_A_KIND_IN_LONG_REPORTS = 1
_LONG_REPORT = 40
_INDENT = "    "

Line = tuple[str, str]
"""Text and the style it is shown in where there are colours."""


def render(report: Report, view: View) -> str:
    """The whole report."""
    lines = list(_lines(report, view))
    if not view.color:
        return "".join(text + "\n" for text, _ in lines)
    return _colored(lines, view.width)


def _lines(report: Report, view: View) -> Iterator[Line]:
    yield from _header(report)
    shown = [finding for finding in report.open_findings if finding.severity.at_least(view.min_severity)]
    yield from _groups(report, shown, view)
    if view.show_suppressed:
        yield from _suppressed(report)
    yield from _not_checked(report, view)
    yield ("", "")
    yield (summary(report), "bold")


def _header(report: Report) -> Iterator[Line]:
    target = report.target
    role = "standby" if target.in_recovery else "primary"
    version = target.server_version.split(" ")[0]
    yield (f"{printable(target.name)}: PostgreSQL {version}, {role}, as {printable(target.role)}", "bold")
    facts = [f"database {printable(target.database)}", f"counters {seconds_in_words(target.stats_age_seconds)} old"]
    facts += [target.provider] if target.provider else []
    facts += ["behind a pooler"] if target.pooled else []
    facts += [f"from a snapshot of {target.snapshot_taken_at}"] if target.snapshot_taken_at else []
    yield (", ".join(facts), "dim")
    if report.interrupted:
        yield (f"interrupted: {printable(report.interrupted)}; what was not read is listed as not checked", "bold red")


def _groups(report: Report, shown: list[ReportFinding], view: View) -> Iterator[Line]:
    groups: dict[str, list[ReportFinding]] = {}
    for finding in shown:
        groups.setdefault(finding.check, []).append(finding)
    limit = _SHOWN_OF_A_KIND if len(shown) <= _LONG_REPORT else _SHOWN_OF_A_KIND_IN_LONG_REPORTS
    for check, findings in sorted(groups.items(), key=lambda item: (-item[1][0].severity.rank, item[0])):
        worst = findings[0].severity
        count = f" ({len(findings)})" if len(findings) > 1 else ""
        yield ("", "")
        yield (f"{worst.value}[{check}] {report.titles.get(check, check)}{count}", _STYLES[worst])
        kept = findings if view.show_all else findings[:limit]
        for finding in kept:
            yield from _finding(finding)
        if len(findings) > len(kept):
            yield (f"  … {len(findings) - len(kept)} more (--show-all)", "dim")


def _finding(finding: ReportFinding) -> Iterator[Line]:
    unsure = "" if finding.confidence.value == "high" else f" [{finding.confidence.value} confidence]"
    yield (f"  {object_in_words(finding.object)}: {printable(finding.message)}{unsure}", "")
    evidence = ", ".join(evidence_in_words(key, value) for key, value in finding.evidence.items())
    if evidence:
        yield (f"{_INDENT}{evidence}", "dim")
    if finding.fix:
        for position, statement in enumerate(finding.fix.sql):
            yield (f"{_INDENT}{'fix: ' if position == 0 else '     '}{printable(statement)};", "green")
        if finding.fix.note:
            yield (f"{_INDENT}note: {finding.fix.note}", "dim")
    if finding.advice:
        yield (f"{_INDENT}advice: {finding.advice}", "green")


def _suppressed(report: Report) -> Iterator[Line]:
    for finding in report.findings:
        if finding.suppressed:
            until = f" until {finding.suppressed.expires}" if finding.suppressed.expires else ""
            what = f"suppressed[{finding.check}] {object_in_words(finding.object)}"
            yield (f"{what}: {printable(finding.suppressed.reason)}{until} ({finding.suppressed.source})", "dim")


def _not_checked(report: Report, view: View) -> Iterator[Line]:
    if report.skipped:
        yield ("", "")
        yield ("not checked:", "bold")
    for reason, skips in _by_reason(report.skipped).items():
        names = sorted({skip.check for skip in skips})
        listed = names if view.show_all else names[:_SHOWN_OF_A_KIND]
        more = f" and {len(names) - len(listed)} more" if len(names) > len(listed) else ""
        yield (f"  {printable(reason)}: {', '.join(listed)}{more}", "")
    for failure in report.failed:
        yield (f"  broke: {failure.check}: {printable(failure.error)}; please report this", "bold red")


def _by_reason(skipped: Iterable[Skip]) -> dict[str, list[Skip]]:
    found: dict[str, list[Skip]] = {}
    for skip in skipped:
        needs = f" (needs {skip.needs})" if skip.needs else ""
        found.setdefault(f"{skip.reason}{needs}", []).append(skip)
    return found


def _colored(lines: list[Line], width: int) -> str:
    import io  # noqa: PLC0415 - only a terminal needs these two

    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=io.StringIO(), force_terminal=True, width=width, highlight=False, legacy_windows=False)
    for text, style in lines:
        indent = len(text) - len(text.lstrip(" "))
        for position, piece in enumerate(Text(text, style=style).wrap(console, width - indent)):
            console.print(Text(" " * (indent if position else 0)) + piece, soft_wrap=True)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]
