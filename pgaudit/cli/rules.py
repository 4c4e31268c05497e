"""`pgaudit rules`: what the gate can say of a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from migrations_safety.rule import Rule


def rules(
    format_name: Annotated[str, typer.Option("--format", "-f", envvar="PGAUDIT_FORMAT", help="text or json.")] = "text",
) -> int:
    """List every rule of the gate with its severity and the profile that runs it."""
    from migrations_safety.rule_index import all_rules
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode

    found = all_rules()
    match format_name:
        case "json":
            write_stdout(_json(found))
        case "text":
            write_stdout(_table(found))
        case _:
            raise BadConfiguration("--format", f"{format_name!r} is no format", "choose text or json")
    return ExitCode.CLEAN


def _json(found: tuple[Rule, ...]) -> str:
    import json

    rows = [
        {
            "id": rule.id,
            "title": rule.title,
            "area": rule.area.value,
            "severity": rule.severity.value,
            "profile": rule.profile.value,
            "squawk": list(rule.squawk),
        }
        for rule in found
    ]
    return json.dumps(rows, indent=2) + "\n"


def _table(found: tuple[Rule, ...]) -> str:
    widths = [max(len(text) for text in column) for column in zip(*map(_cells, found), strict=True)]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(_cells(rule), widths, strict=True)) + f"  {_title(rule)}"
        for rule in found
    ]
    return "\n".join(lines) + f"\n{len(found)} rules\n"


def _cells(rule: Rule) -> tuple[str, str, str]:
    return rule.id, rule.severity.value, rule.area.value


def _title(rule: Rule) -> str:
    from migrations_safety.rule import Profile

    return rule.title if rule.profile is Profile.DEFAULT else f"{rule.title} ({rule.profile.value})"
