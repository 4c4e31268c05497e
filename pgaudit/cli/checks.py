"""`pgaudit checks`: what can be checked, and what each check needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from probes.check import Check


def checks(
    format_name: Annotated[str, typer.Option("--format", "-f", envvar="PGAUDIT_FORMAT", help="text or json.")] = "text",
) -> int:
    """List every check with its severity and what it needs."""
    from pgaudit.audit.plugins import all_checks
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode

    found = all_checks()
    match format_name:
        case "json":
            write_stdout(_json(found))
        case "text":
            write_stdout(_table(found))
        case _:
            raise BadConfiguration("--format", f"{format_name!r} is no format", "choose text or json")
    return ExitCode.CLEAN


def _json(found: tuple[Check, ...]) -> str:
    import json

    rows = [
        {
            "id": check.id,
            "title": check.title,
            "severity": check.severity.value,
            "confidence": check.confidence.value,
            "aliases": list(check.aliases),
            "pedantic": check.pedantic,
            "needs": {
                "areas": [row_type.area for row_type in check.needs.areas],
                "min_version_num": check.needs.min_version_num,
                "counters_days": check.needs.counters_days,
                "primary": check.needs.primary,
            },
            "thresholds": {name: getattr(check.thresholds(), name) for name in check.thresholds.__struct_fields__},
            "sources": list(check.sources),
        }
        for check in found
    ]
    return json.dumps(rows, indent=2) + "\n"


def _table(found: tuple[Check, ...]) -> str:
    id_width = max(len(check.id) for check in found)
    severity_width = max(len(check.severity.value) for check in found)
    lines = [
        f"{check.id:<{id_width}}  {check.severity.value:<{severity_width}}  {check.title}{_aside(check)}"
        for check in found
    ]
    return "\n".join(lines) + f"\n{len(found)} checks\n"


def _aside(check: Check) -> str:
    notes: list[str] = []
    if check.pedantic:
        notes.append("pedantic")
    if check.needs.min_version_num > 130000:  # noqa: PLR2004 - the oldest version we support
        notes.append(f"PostgreSQL {check.needs.min_version_num // 10000}+")
    if check.needs.counters_days:
        notes.append(f"counters of {check.needs.counters_days:g} days")
    return f" ({', '.join(notes)})" if notes else ""
