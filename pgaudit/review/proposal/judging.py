"""A proposal through the gate, on the picture that the review is about."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.reports.contract import ReportTarget, Tool
from pgaudit.reports.gate_contract import SCHEMA, GateReport
from pgaudit.review.proposal.reading import read_proposal
from pgaudit.version import version
from probes.catalog.catalog import Catalog

if TYPE_CHECKING:
    from pgaudit.audit.standards import Standards
    from pgaudit.migrations.gate import GateRun


class JudgedProposal(msgspec.Struct, frozen=True):
    """A proposal as the gate judged it."""

    report: GateReport
    run: GateRun
    """What the report was made of, with the catalog that the proposal leaves."""


def judge_proposal(path: Path, catalog: Catalog, target: ReportTarget, by: Standards, today: date) -> JudgedProposal:
    """The gate's report on a proposal. Raises BadConfiguration and the errors of reading migrations."""
    from pgaudit.migrations.gate import gate_scripts  # noqa: PLC0415 - the gate is loaded when it is needed
    from pgaudit.migrations.leaves import introduced_and_resolved  # noqa: PLC0415
    from pgaudit.migrations.sources import plan  # noqa: PLC0415
    from pgaudit.migrations.sources.script_texts import script_texts  # noqa: PLC0415

    what = plan(read_proposal(path), None)
    run = gate_scripts(script_texts(what.pending, Path.cwd()), catalog, catalog.server.major, today=today)
    opaque = [step for migration in what.pending for step in migration.opaque]
    introduces, resolves = introduced_and_resolved(catalog, run.after, by, today) if run.after is not None else ((), ())
    report = GateReport(
        schema=SCHEMA,
        target=target,
        server_version_num=catalog.server.version_num,
        statements=run.statements,
        findings=run.findings,
        introduces=introduces,
        resolves=resolves,
        tool=Tool("pgaudit", version()),
        notes=run.notes,
        incomplete=run.incomplete or bool(opaque),
        titles=run.titles,
    )
    return JudgedProposal(report, run)
