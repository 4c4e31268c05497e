"""`pgaudit checks`: what can be checked, and what each check needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from probes.check import Check


def checks(format_name: opt.ListingFormat = "text") -> int:
    """List every check with its severity and what it needs."""
    from pgaudit.audit.plugins import all_checks
    from pgaudit.cli.listing import json_text, table, wants_json
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import ExitCode

    as_json, found = wants_json(format_name), all_checks()
    write_stdout(json_text([_row(check) for check in found]) if as_json else table(list(map(_cells, found)), "checks"))
    return ExitCode.CLEAN


def _row(check: Check) -> dict[str, object]:
    return {
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


def _cells(check: Check) -> tuple[str, ...]:
    return check.id, check.severity.value, f"{check.title}{_aside(check)}"


def _aside(check: Check) -> str:
    notes: list[str] = []
    if check.pedantic:
        notes.append("pedantic")
    if check.needs.min_version_num > 130000:  # noqa: PLR2004 - the oldest version we support
        notes.append(f"PostgreSQL {check.needs.min_version_num // 10000}+")
    if check.needs.counters_days:
        notes.append(f"counters of {check.needs.counters_days:g} days")
    return f" ({', '.join(notes)})" if notes else ""
