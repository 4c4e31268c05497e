"""The demo, audited: every planted fault is found, no decoy is, and the repaired twin keeps the host's facts only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgaudit.demo.manifest import Requirement, manifest
from pgaudit.demo.session import DemoServer
from pgaudit.reports.contract import Report, ReportFinding
from probes.check import built_in_checks
from probes.finding import ObjectRef, Severity

RUN = {check.id for check in built_in_checks() if not check.pedantic}
MANIFEST = manifest()
LEFT_OF_THE_REPAIRED_TWIN = {
    ("high", "security/hba_trust_or_password"): {
        "host all all 127.0.0.1/32 trust",
        "host all all ::1/128 trust",
        "host replication all 127.0.0.1/32 trust",
        "host replication all ::1/128 trust",
        "local all all trust",
        "local replication all trust",
    },
    ("medium", "durability/archiving_off"): {"archive_mode"},
    ("info", "privacy/personal_data_without_retention"): {"market.contacts", "market.users"},
    ("info", "workload/stats_reset_recent"): {"PostgreSQL"},
}
"""What a server that trusts its own machine and lives for a minute is told, and an inventory to go through."""
KNOWN_ANEW_EVERY_QUARTER = {"versions/minor_outdated", "versions/major_eol"}


def ignored(_step: str) -> None:
    """Progress that nobody sees."""


@pytest.fixture(scope="module")
def broken_report() -> Iterator[Report]:
    with DemoServer(ignored) as server:
        yield server.scan()


@pytest.fixture(scope="module")
def repaired_report() -> Iterator[Report]:
    with DemoServer(ignored) as server:
        server.apply_fixes()
        yield server.scan()


def names(finding: ReportFinding, check: str, subject: ObjectRef) -> bool:
    """Whether a finding is about an object of the manifest. Of a query only a part of the text is named."""
    found = finding.object
    if finding.check != check or found.kind != subject.kind:
        return False
    if found.kind == "query":
        return subject.name in found.name
    return (found.schema, found.table, found.name) == (subject.schema, subject.table, subject.name)


def test_no_check_breaks_on_the_demo(broken_report: Report) -> None:
    assert broken_report.failed == ()


def test_every_planted_fault_is_found(broken_report: Report) -> None:
    missed = [
        f"{fault.check} {fault.object}"
        for fault in MANIFEST.faults
        if fault.check in RUN
        and fault.requires is not Requirement.OLD_COUNTERS
        and not any(names(finding, fault.check, fault.object) for finding in broken_report.findings)
    ]
    assert missed == []


def test_faults_that_need_old_counters_are_not_checked_rather_than_clean(broken_report: Report) -> None:
    skipped = {skip.check for skip in broken_report.skipped}
    for fault in MANIFEST.faults:
        if fault.check in RUN and fault.requires is Requirement.OLD_COUNTERS:
            assert fault.check in skipped


def test_no_decoy_is_reported(broken_report: Report) -> None:
    fallen_for = [
        f"{decoy.check} {decoy.object}"
        for decoy in MANIFEST.decoys
        if any(names(finding, decoy.check, decoy.object) for finding in broken_report.findings)
    ]
    assert fallen_for == []


def test_the_repaired_twin_keeps_nothing_but_facts_about_its_host(repaired_report: Report) -> None:
    host = {fact.check for fact in MANIFEST.host_facts}
    left = [
        f"{finding.severity.value} {finding.check} {finding.object}: {finding.message}"
        for finding in repaired_report.findings
        if finding.severity is not Severity.INFO and finding.check not in host
    ]
    assert left == []


def test_the_repaired_twin_is_told_exactly_this(repaired_report: Report) -> None:
    told: dict[tuple[str, str], set[str]] = {}
    for finding in repaired_report.findings:
        if finding.check not in KNOWN_ANEW_EVERY_QUARTER:
            told.setdefault((finding.severity.value, finding.check), set()).add(str(finding.object))
    assert told == LEFT_OF_THE_REPAIRED_TWIN
