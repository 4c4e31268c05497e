"""The configuration file, suppressions, baselines and checks of other people, through the command line."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from tests.pgaudit.cli.running import Ran, pgaudit
from tests.servers import Database

FAULTY = """
create schema app;
create table app.customers (id bigint primary key);
create table app.orders (id bigint primary key, customer_id bigint, sent_at timestamp with time zone);
create index orders_a on app.orders (customer_id, id);
create index orders_b on app.orders (customer_id, id);
create index orders_c on app.orders (sent_at, id);
create index orders_d on app.orders (sent_at, id);
"""
DUPLICATES = ("--select", "indexes/duplicate", "--format", "json")

pytestmark = pytest.mark.pg("== 18")


@pytest.fixture
def faulty(database: Database) -> Database:
    database.execute(FAULTY)
    return database


def configured(folder: Path, text: str) -> Path:
    (folder / "pgaudit.toml").write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def scan(database: Database, folder: Path, *arguments: str) -> Ran:
    return pgaudit("scan", database.dsn, *arguments, cwd=folder)


def refused(ran: Ran) -> str:
    assert ran.code == 2, ran
    assert ran.out == ""
    assert len(ran.error_lines) == 1
    return ran.error_lines[0]


def test_the_file_is_found_from_a_folder_below(faulty: Database, tmp_path: Path) -> None:
    configured(tmp_path, 'fail-on = "none"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert scan(faulty, below, *DUPLICATES).code == 0
    assert scan(faulty, below, *DUPLICATES, "--fail-on", "high").code == 1
    assert scan(faulty, below, *DUPLICATES, "--isolated").code == 1


def test_a_section_of_pyproject_is_read(faulty: Database, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pgaudit]\nfail-on = "none"\n')
    assert scan(faulty, tmp_path, *DUPLICATES).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('fail-onn = "none"', "fail-onn"),
        ("fail-on = 3", "fail-on"),
        ("[checks.'indexes/nonesuch']\nseverity = 'low'", "nonesuch"),
        ("[checks.'indexes/unused']\nmin-days = 3", "min_days"),
        ("[checks.'indexes/duplicate']\nseverity = 'dreadful'", "dreadful"),
        ("[[suppress]]\ncheck = '*'\nexpires = 'never'", "reason"),
        ("this is no toml", "TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(faulty: Database, tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(scan(faulty, configured(tmp_path, text)))


def test_a_severity_can_be_changed(faulty: Database, tmp_path: Path) -> None:
    folder = configured(tmp_path, "[checks.'indexes/duplicate']\nseverity = 'low'")
    ran = scan(faulty, folder, *DUPLICATES)
    assert ran.code == 0
    assert {finding.severity.value for finding in ran.report.findings} == {"low"}


def test_an_accepted_finding_does_not_fail_and_is_counted(faulty: Database, tmp_path: Path) -> None:
    folder = configured(
        tmp_path,
        """
        [[suppress]]
        check = "indexes/duplicate"
        object = "app.orders.*"
        reason = "dropped in the next release"
        expires = "never"
        """,
    )
    ran = scan(faulty, folder, *DUPLICATES)
    assert ran.code == 0
    reasons = {finding.suppressed.reason for finding in ran.report.findings if finding.suppressed}
    assert reasons == {"dropped in the next release"}
    assert len(ran.report.findings) == 2
    assert "2 suppressed" in scan(faulty, folder, "--select", "indexes/duplicate").out
    assert scan(faulty, folder, *DUPLICATES, "--no-ignores").code == 1


def test_an_expired_acceptance_accepts_nothing_and_is_said(faulty: Database, tmp_path: Path) -> None:
    folder = configured(
        tmp_path, "[[suppress]]\ncheck = 'indexes/*'\nreason = 'until spring'\nexpires = 2001-03-01\nowner = 'ann'"
    )
    ran = scan(faulty, folder, *DUPLICATES)
    assert ran.code == 1
    assert "(owner: ann) expired on 2001-03-01" in ran.err
    assert ran.report.warnings


def test_an_unused_acceptance_is_said(faulty: Database, tmp_path: Path) -> None:
    folder = configured(tmp_path, "[[suppress]]\ncheck = 'indexes/invalid'\nreason = 'long gone'\nexpires = 'never'")
    assert "not used" in scan(faulty, folder, *DUPLICATES).err


def test_a_comment_in_the_database_accepts_what_it_names(faulty: Database, tmp_path: Path) -> None:
    faulty.execute("comment on table app.orders is 'Orders. pgaudit:ignore[indexes/duplicate] migrating to b'")
    ran = scan(faulty, tmp_path, *DUPLICATES)
    assert ran.code == 0
    assert {finding.suppressed.source for finding in ran.report.findings if finding.suppressed} == {"comment"}


def test_only_what_is_new_fails_against_a_baseline(faulty: Database, tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    scan(faulty, tmp_path, *DUPLICATES, "-o", f"json={before}")
    again = ("--baseline", str(before), "--new-only")
    assert scan(faulty, tmp_path, *DUPLICATES, *again).code == 0
    faulty.execute("create index on app.customers (id, (id + 1)); create index on app.customers (id, (id + 1))")
    ran = scan(faulty, tmp_path, *DUPLICATES, *again)
    assert ran.code == 1
    states = {finding.object.table: finding.baseline.value for finding in ran.report.findings if finding.baseline}
    assert states == {"orders": "unchanged", "customers": "new"}


def test_a_baseline_of_the_file_stands_beside_the_file_and_one_of_the_command_line_beside_the_command(
    faulty: Database, tmp_path: Path
) -> None:
    folder = configured(tmp_path, "baseline = 'ci/before.json'")
    below = folder / "service" / "deep"
    below.mkdir(parents=True)
    (folder / "ci").mkdir()
    scan(faulty, folder, *DUPLICATES, "--isolated", "-o", "json=ci/before.json")
    assert scan(faulty, below, *DUPLICATES, "--new-only").code == 0
    assert scan(faulty, tmp_path.parent, *DUPLICATES, "--new-only", "--config", str(folder / "pgaudit.toml")).code == 0
    assert scan(faulty, below, *DUPLICATES, "--new-only", "--baseline", "../../ci/before.json").code == 0
    assert "ci/before.json" in refused(scan(faulty, below, *DUPLICATES, "--baseline", "ci/before.json"))


def test_a_baseline_that_is_none_is_refused(faulty: Database, tmp_path: Path) -> None:
    for name, content in {"junk.json": b"\x00\x01", "other.json": b'{"schema": "pgaudit-report/9"}'}.items():
        (tmp_path / name).write_bytes(content)
        assert name in refused(scan(faulty, tmp_path, "--baseline", str(tmp_path / name)))
    assert "nonesuch" in refused(scan(faulty, tmp_path, "--baseline", str(tmp_path / "nonesuch.json")))
    assert "--baseline" in refused(scan(faulty, tmp_path, "--new-only"))


def test_a_baseline_of_another_database_is_refused(faulty: Database, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    scan(faulty, tmp_path, *DUPLICATES, "-o", f"json={path}")
    path.write_text(path.read_text().replace(faulty.name, "some_other_database"))
    ran = scan(faulty, tmp_path, *DUPLICATES, "--baseline", str(path))
    assert ran.code == 2
    assert "some_other_database" in ran.err


PLUGIN = """
from probes.catalog.rows import PgClass, PgDepend, PgNamespace
from probes.check import Check, Needs, Thresholds
from probes.finding import Advice, Confidence, ObjectRef, Observed, Severity

def judge(catalog, at):
    if {raises}:
        raise RuntimeError("a plug-in's mistake")
    for table in catalog.tables:
        yield Observed(ObjectRef("table", table.name, table.schema), "seen", {{}}, Advice("look"))

mine = Check(
    id="acme/tables", title="Tables", severity=Severity.LOW, confidence=Confidence.HIGH,
    needs=Needs(areas=(PgNamespace, PgClass, PgDepend)), sources=(), page="What: x", judge=judge, thresholds=Thresholds,
)
"""


def plugin(folder: Path, *, raises: bool) -> dict[str, str]:
    (folder / "acme_checks.py").write_text(PLUGIN.format(raises=raises))
    metadata = folder / "acme-1.0.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[pgaudit.checks]\nacme = acme_checks:mine\n")
    return {"PYTHONPATH": f"{Path(__file__).parents[3]}{os.pathsep}{folder}"}


def test_a_check_of_an_installed_package_runs(faulty: Database, tmp_path: Path) -> None:
    ran = pgaudit("scan", faulty.dsn, "--select", "acme", "-f", "json", env=plugin(tmp_path, raises=False))
    assert {str(finding.object) for finding in ran.report.findings} == {"app.customers", "app.orders"}


def test_a_check_that_raises_is_listed_as_failed_and_ends_nothing(faulty: Database, tmp_path: Path) -> None:
    ran = pgaudit(
        "scan", faulty.dsn, "--select", "acme,indexes/duplicate", "-f", "json", env=plugin(tmp_path, raises=True)
    )
    assert [failure.check for failure in ran.report.failed] == ["acme/tables"]
    assert len(ran.report.findings) == 2


def test_every_command_with_a_target_knows_the_configured_ones(faulty: Database, tmp_path: Path) -> None:
    configured(tmp_path, '[targets.staging]\nurl-env = "STAGING_URL"')
    (tmp_path / "1.sql").write_text("drop table app.customers")
    staging = {"STAGING_URL": faulty.dsn}
    commands = (
        ("doctor", "staging"),
        ("snapshot", "staging", "-o", "s.pgsnapshot"),
        ("gate", "1.sql", "-d", "staging"),
        ("scan", "staging", "-e"),
    )
    for command in commands:
        ran = pgaudit(*command, cwd=tmp_path, env=staging)
        assert ran.code in {0, 1}, ran.err
        assert "staging" in ran.out + ran.err
    assert "one of staging" in refused(pgaudit("doctor", "nonesuch", cwd=tmp_path, env=staging))
