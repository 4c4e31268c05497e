"""Judging a server that a test has put into a state: helpers for the tests of states that no story can make."""

from __future__ import annotations

import msgspec

from pgaudit.audit.run import Outcome, Policy, run_checks
from probes.catalog.catalog import Catalog
from probes.check import built_in_checks
from probes.finding import Finding
from tests.pictures import aged, picture_of

CHECKS = {check.id: check for check in built_in_checks()}


def look(dsn: str, *, aged_days: float = 0) -> Catalog:
    """The picture of a database; with `aged_days` its counters are said to have begun so long before."""
    catalog = picture_of(dsn)
    return aged(catalog, days=aged_days) if aged_days else catalog


def outcome_of(check_id: str, catalog: Catalog, **thresholds: object) -> Outcome:
    """What one check says. It must not break."""
    check = CHECKS[check_id]
    chosen = msgspec.convert(thresholds, check.thresholds)
    outcome = run_checks(catalog, [check], Policy(thresholds={check_id: chosen}))
    assert not outcome.failed, outcome.failed
    return outcome


def findings_of(check_id: str, catalog: Catalog, **thresholds: object) -> tuple[Finding, ...]:
    """The findings of one check, which must have run."""
    outcome = outcome_of(check_id, catalog, **thresholds)
    assert outcome.checked == (check_id,), outcome.skipped
    return outcome.findings


def names(findings: tuple[Finding, ...]) -> list[str]:
    """The names of the objects, sorted."""
    return sorted(str(finding.object) for finding in findings)
