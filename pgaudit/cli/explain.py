"""`pgaudit explain`: the page of a check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from probes.check import Check


def explain(
    check_id: Annotated[str, typer.Argument(metavar="CHECK", help="Id such as indexes/duplicate, or its last part.")],
) -> int:
    """Explain a check: why it matters, when it is harmless, how to fix it safely, how it is decided."""
    from pgaudit.audit.plugins import all_checks
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode

    everything = all_checks()
    found = [check for check in everything if check_id in {check.id, check.name, *check.aliases}]
    if len(found) != 1:
        near = _near(check_id, everything)
        problem = f"{check_id!r} is no check" if not found else f"{check_id!r} names several checks"
        advice = f"did you mean {', '.join(near)}" if near else "see `pgaudit checks`"
        raise BadConfiguration("CHECK", problem, advice)
    write_stdout(page(found[0]))
    return ExitCode.CLEAN


def _near(check_id: str, everything: tuple[Check, ...]) -> list[str]:
    import difflib

    ids = [check.id for check in everything]
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
