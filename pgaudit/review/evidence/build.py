"""From a scan, and whatever else was given, to the evidence pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgaudit.reports.contract import Report
from pgaudit.reports.gate_contract import GateReport
from pgaudit.review.context.model import Context
from pgaudit.review.evidence.context_records import context_records
from pgaudit.review.evidence.coverage import coverage_records
from pgaudit.review.evidence.finding_records import MOST_OF_A_KIND, finding_records
from pgaudit.review.evidence.foreign_keys import unguarded_keys
from pgaudit.review.evidence.inventory import inventory_records
from pgaudit.review.evidence.proposal_records import proposal_records
from pgaudit.review.evidence.records import SCHEMA, LeftOut, Pack, Record
from pgaudit.review.evidence.related_records import related_records
from pgaudit.review.evidence.workload import SHOWN_STATEMENTS, STATEMENTS, statements_left_out, workload_records
from probes.catalog.catalog import Catalog
from probes.check import Check


@dataclass(frozen=True, slots=True)
class Sources:
    """What a pack is built from."""

    report: Report
    catalog: Catalog
    checks: Sequence[Check]
    """The checks that were asked for."""
    context: Context | None = None
    gate: GateReport | None = None
    related: tuple[str, Catalog] | None = None
    """Name and picture of the second database."""


def build_pack(sources: Sources) -> Pack:
    """The evidence, in an order that does not change from run to run."""
    report, catalog = sources.report, sources.catalog
    by_id = {check.id: check for check in sources.checks}
    found, omitted = finding_records(report, catalog, by_id)
    records: list[Record] = [
        *found,
        *coverage_records(report, sources.checks),
        *inventory_records(catalog),
        *unguarded_keys(report, catalog),
        *workload_records(catalog),
        *proposal_records(sources.gate),
        *related_records(catalog, sources.related),
    ]
    records += context_records(sources.context, gate=sources.gate is not None, related=sources.related is not None)
    unseen = statements_left_out(catalog)
    if unseen:
        omitted = [*omitted, LeftOut(STATEMENTS, unseen, f"only the {SHOWN_STATEMENTS} that took longest")]
    return Pack(
        schema=SCHEMA,
        tool=report.tool,
        target=report.target,
        taken_at=report.target.snapshot_taken_at or report.started_at,
        records=_unique(records),
        left_out=tuple(omitted),
        warnings=tuple(filter(None, [report.interrupted, *report.warnings])),
    )


def _unique(records: Sequence[Record]) -> tuple[Record, ...]:
    found: dict[str, Record] = {}
    for record in records:
        found.setdefault(record.id, record)
    return tuple(found.values())


__all__ = ["MOST_OF_A_KIND", "Sources", "build_pack"]
