"""`pgaudit rules`: what the gate can say of a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from migrations_safety.rule import Rule


def rules(format_name: opt.ListingFormat = "text") -> int:
    """List every rule of the gate with its severity and the profile that runs it."""
    from migrations_safety.rule_index import all_rules
    from pgaudit.cli.listing import json_text, table, wants_json
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import ExitCode

    as_json, found = wants_json(format_name), all_rules()
    write_stdout(json_text([_row(rule) for rule in found]) if as_json else table(list(map(_cells, found)), "rules"))
    return ExitCode.CLEAN


def _row(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "title": rule.title,
        "area": rule.area.value,
        "severity": rule.severity.value,
        "profile": rule.profile.value,
        "squawk": list(rule.squawk),
    }


def _cells(rule: Rule) -> tuple[str, ...]:
    from migrations_safety.rule import Profile

    title = rule.title if rule.profile is Profile.DEFAULT else f"{rule.title} ({rule.profile.value})"
    return rule.id, rule.severity.value, rule.area.value, title
