"""Every generated page, as text."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import typer

import pgaudit.config
from migrations_safety.rule import Area, Rule
from migrations_safety.rule_index import all_rules
from pgaudit.cli.explain import page, rule_page
from pgaudit.cli.main import COMMANDS, GROUPS
from pgaudit.reports.schemas import documents
from probes.check import Check, built_in_checks
from probes.checks import __path__ as check_path
from tests.docs.configuration import configuration_page
from tests.docs.locks import lock_pages
from tests.probes.checks.stories import all_sections

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_STORIES = Path(next(iter(check_path)))


def pages() -> dict[Path, str]:
    """Text by path, below docs/."""
    checks = built_in_checks()
    found = {DOCS / "checks" / f"{check.id}.md": _check_page(check) for check in checks}
    found[DOCS / "checks" / "README.md"] = _check_index(checks)
    found[DOCS / "checks" / "advice.md"] = _advice_page(checks)
    rules = all_rules()
    found |= {DOCS / "rules" / f"{rule.id}.md": rule_page(rule) for rule in rules}
    found[DOCS / "rules" / "README.md"] = _rule_index(rules)
    found |= {DOCS / "locks" / name: text for name, text in lock_pages().items()}
    found[DOCS / "cli.md"] = _command_line()
    found[DOCS / "configuration.md"] = configuration_page()
    found[DOCS / "schemas" / "pgaudit-config-1.json"] = _schema(pgaudit.config.json_schema())
    found |= {DOCS / "schemas" / name: text for name, text in documents().items()}
    return found


def generated() -> list[Path]:
    """Pages that stand in folders where nothing is written by hand."""
    return [path for folder in ("checks", "rules", "locks") for path in (DOCS / folder).rglob("*.md")]


def _check_page(check: Check) -> str:
    story = _STORIES / f"{check.id}.sql"
    told = f"\n## Its story\n\n```sql\n{story.read_text(encoding='utf-8').strip()}\n```\n" if story.exists() else ""
    return f"{page(check)}{told}"


def _check_index(checks: tuple[Check, ...]) -> str:
    lines = [f"# {len(checks)} checks", "", "| check | severity | what |", "|---|---|---|"]
    for check in checks:
        taste = " (pedantic)" if check.pedantic else ""
        lines.append(f"| [{check.id}]({check.id}.md) | {check.severity.value} | {check.title}{taste} |")
    return "\n".join(lines) + "\n"


def _rule_index(rules: tuple[Rule, ...]) -> str:
    lines = [f"# {len(rules)} rules of the gate", ""]
    for area in Area:
        lines += [f"## {area.value}", "", "| rule | severity | profile | what |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {rule.severity.value} | {rule.profile.value} | {rule.title} |"
            for rule in rules
            if rule.area is area
        ]
        lines.append("")
    return "\n".join(lines)


_BUILDS_A_FIX = re.compile(r"\b(?:Fix|\w*_fix|\w*remedy|\w*revocations|\w*terminat\w*)\(")
"""What a module calls to make one, in itself or through what checks share."""


def advising(checks: tuple[Check, ...]) -> list[Check]:
    """Checks that never offer SQL: all their stories are repaired by hand, or their module builds no fix."""
    by_hand: dict[str, list[bool]] = {}
    for section in all_sections():
        if section.kind == "bad":
            by_hand.setdefault(section.check, []).append(bool(section.repaired))
    return [
        check
        for check in checks
        if (all(by_hand[check.id]) if check.id in by_hand else not _BUILDS_A_FIX.search(_source_of(check)))
    ]


def _source_of(check: Check) -> str:
    module = inspect.getmodule(check.judge)
    return inspect.getsource(module) if module else ""


def _advice_page(checks: tuple[Check, ...]) -> str:
    found = advising(checks)
    lines = [f"# {len(found)} of {len(checks)} checks give advice instead of SQL", ""]
    lines += ["Only a person can decide there, or the remedy lies outside of SQL. Each page says why.", ""]
    lines += [f"- [{check.id}]({check.id}.md): {check.title}" for check in found]
    return "\n".join(lines) + "\n"


def _command_line() -> str:
    parts = ["# The command line\n", _help()]
    for command in COMMANDS:
        parts.append(_help(command))
        parts += [_help(command, one) for one in _commands_of(command)]
    return "\n".join(parts)


def _commands_of(command: str) -> list[str]:
    """The commands of a command that has some."""
    if command not in GROUPS:
        return []
    app: typer.Typer = importlib.import_module(f"pgaudit.cli.{command}").app
    return [str(one.name) for one in app.registered_commands]


def _help(*command: str) -> str:
    words = [*command, "--help"]
    return f"## pgaudit{''.join(f' {word}' for word in command)}\n\n```console\n{_run(*words).strip()}\n```\n"


def _run(*arguments: str) -> str:
    """What the command prints, at a fixed width."""
    environment = {
        "COLUMNS": "100",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
    }
    command = [sys.executable, "-m", "pgaudit.cli.main", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.replace("python -m pgaudit.cli.main", "pgaudit")


def _schema(schema: object) -> str:
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
