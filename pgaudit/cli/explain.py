"""`pgaudit explain`: the page of a check or of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from migrations_safety.rule import Rule
    from probes.check import Check


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A check such as indexes/duplicate, or its last part; or a rule of the gate."
        ),
    ],
) -> int:
    """Explain a check or a rule: why it matters, when it is harmless, what to do about it."""
    from migrations_safety.rules._index import PROFILES
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import ExitCode

    if name.replace("-", "_") in PROFILES and "/" not in name:
        from migrations_safety.judging import load_rule

        write_stdout(rule_page(load_rule(name.replace("-", "_"))))
    else:
        write_stdout(page(_check_named(name)))
    return ExitCode.CLEAN


def _check_named(check_id: str) -> Check:
    from migrations_safety.rules._index import PROFILES
    from pgaudit.audit.plugins import all_checks
    from pgaudit.errors import BadConfiguration

    everything = all_checks()
    found = [check for check in everything if check_id in {check.id, check.name, *check.aliases}]
    if len(found) != 1:
        near = _near(check_id, [*(check.id for check in everything), *(name.replace("_", "-") for name in PROFILES)])
        problem = f"{check_id!r} names several checks" if found else f"{check_id!r} is no check and no rule"
        advice = f"did you mean {', '.join(near)}" if near else "see `pgaudit checks` and `pgaudit rules`"
        raise BadConfiguration("NAME", problem, advice)
    return found[0]


def _near(check_id: str, ids: list[str]) -> list[str]:
    import difflib

    named = [one for one in ids if check_id and check_id in one]
    return (named or difflib.get_close_matches(check_id, ids, n=3))[:5]


def page(check: Check) -> str:
    """The page of a check as text: facts, documentation, what it reads, what can be changed."""
    facts = [f"severity {check.severity.value}", f"confidence {check.confidence.value}"]
    if check.pedantic:
        facts.append("only with --profile pedantic")
    thresholds = [f"{name} = {getattr(check.thresholds(), name)!r}" for name in check.thresholds.__struct_fields__]
    needs = ", ".join(row_type.area for row_type in check.needs.areas)
    lines = [check.id, "=" * len(check.id), "", ", ".join(facts), "", check.page.strip(), "", f"Reads: {needs}"]
    if thresholds:
        lines.append(f"Thresholds: {', '.join(thresholds)}")
    return "\n".join(lines) + "\n"


def rule_page(rule: Rule) -> str:
    """The page of a rule as text."""
    facts = f"severity {rule.severity.value}, about {rule.area.value}, from --profile {rule.profile.value}"
    lines = [rule.id, "=" * len(rule.id), "", rule.title, "", facts, "", rule.page.strip()]
    if rule.squawk:
        lines += ["", f"Silenced also by squawk-ignore of: {', '.join(rule.squawk)}"]
    return "\n".join(lines) + "\n"
