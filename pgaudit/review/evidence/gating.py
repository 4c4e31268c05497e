"""What our own gate says of SQL that a review holds: the same judgement that a migration gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from pgaudit.review.evidence.records import GateVerdict
from probes.catalog.catalog import Catalog
from probes.finding import Severity

if TYPE_CHECKING:
    from pgaudit.migrations.gate import GateRun

_NO_DAY = date(1970, 1, 1)
"""Only suppressions look at the day, and a change holds none."""


def gated(sql: Sequence[str], catalog: Catalog) -> GateRun:
    """The gate's run over statements, each of which commits by itself."""
    from migrations_safety.script.model import ScriptText  # noqa: PLC0415 - the gate is loaded when it is needed
    from pgaudit.migrations.gate import gate_scripts  # noqa: PLC0415

    text = "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in sql)
    scripts = [ScriptText(file="change.sql", content=text.encode())]
    return gate_scripts(scripts, catalog, catalog.server.major, today=_NO_DAY)


def verdict_of(run: GateRun) -> GateVerdict:
    """What of a run belongs to a proof."""
    effects = [statement.effects for statement in run.statements]
    locks = (f"{lock.mode} on {lock.relation}" for one in effects for lock in one.locks)
    return GateVerdict(
        locks=tuple(dict.fromkeys(locks)),
        rewrites=tuple(dict.fromkeys(name for one in effects for name in one.rewrites)),
        scans=tuple(dict.fromkeys(name for one in effects for name in one.scans)),
        findings=tuple(dict.fromkeys(f"{one.severity.value}: {one.rule}" for one in run.findings)),
        blocks=objection_of(run) is not None,
    )


def objection_of(run: GateRun) -> str | None:
    """What the gate holds for grave enough to stop the statements; None where it lets them through."""
    refusal = refusal_of(run)
    if refusal is not None:
        return f"PostgreSQL would refuse it: {refusal}"
    grave = next((one for one in run.findings if one.severity.at_least(Severity.HIGH)), None)
    return None if grave is None else f"the gate stops it: {grave.message}"


def refusal_of(run: GateRun) -> str | None:
    """What the server would say where it refuses a statement; None where it takes them all."""
    return next((one.effects.error for one in run.statements if one.effects.error), None)
