"""What became of the issues of an earlier review: the words of the format, and never Fixed where nobody looked."""

from __future__ import annotations

from pathlib import Path

import msgspec
import psycopg
import pytest

from pgaudit.errors import BadConfiguration, ReportTooNew, ReportUnreadable
from pgaudit.reports.contract import to_json as report_json
from pgaudit.review.documents.envelope import to_json
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.earlier import read_earlier, with_statuses
from pgaudit.review.evidence.records import Pack, RecordKind
from pgaudit.review.rendering.registry import render
from probes.finding import Severity
from tests.pgaudit.reports.samples import ordinary
from tests.pgaudit.review.packs import finding, negative, pack, pack_of, review, skip
from tests.servers import Database

CHECK = "indexes/duplicate"
HIGH, CRITICAL = Severity.HIGH, Severity.CRITICAL


def saved(of: Pack, folder: Path) -> Path:
    """An earlier review in a file."""
    path = folder / "earlier.json"
    path.write_text(to_json(review(of, Format.CHECKLIST)), encoding="utf-8")
    return path


def statuses(before: Pack, now: Pack, folder: Path) -> dict[str, str]:
    """Status by check."""
    compared = with_statuses(now, read_earlier(saved(before, folder)))
    return {str(one.facts["check"]): str(one.facts["status"]) for one in compared.of(RecordKind.EARLIER)}


def test_each_status_is_told_from_findings_and_skips(tmp_path: Path) -> None:
    before = pack(
        finding("a/fixed", HIGH),
        finding("b/partly", HIGH, name="one"),
        finding("b/partly", HIGH, name="two"),
        finding("c/same", HIGH),
        finding("d/graver", HIGH),
        finding("e/more", HIGH, name="one"),
        finding("f/measured", HIGH, facts={"used_ratio": 0.5}),
        finding("g/dark", HIGH),
    )
    now = pack(
        negative("a/fixed"),
        finding("b/partly", HIGH, name="one"),
        finding("c/same", HIGH),
        finding("d/graver", CRITICAL),
        finding("e/more", HIGH, name="one"),
        finding("e/more", HIGH, name="two"),
        finding("f/measured", HIGH, facts={"used_ratio": 0.9}),
        skip("g/dark"),
        finding("h/new", HIGH),
    )
    assert statuses(before, now, tmp_path) == {
        "a/fixed": "Fixed",
        "b/partly": "Partially Fixed",
        "c/same": "Not Fixed",
        "d/graver": "Worse",
        "e/more": "Worse",
        "f/measured": "Worse",
        "g/dark": "Not Verified",
        "h/new": "New",
    }


def test_a_check_that_did_not_run_at_all_fixes_nothing(tmp_path: Path) -> None:
    assert statuses(pack(finding(CHECK, HIGH)), pack(), tmp_path) == {CHECK: "Not Verified"}


def test_an_object_that_was_skipped_is_not_verified(tmp_path: Path) -> None:
    now = pack(skip(CHECK, "app.orders"))
    assert statuses(pack(finding(CHECK, HIGH)), now, tmp_path) == {CHECK: "Not Verified"}


def test_a_table_that_grew_is_not_worse(tmp_path: Path) -> None:
    before = pack(finding(CHECK, HIGH, facts={"table_bytes": 1000, "calls": 5}))
    now = pack(finding(CHECK, HIGH, facts={"table_bytes": 9000, "calls": 50}))
    assert statuses(before, now, tmp_path) == {CHECK: "Not Fixed"}


def test_a_number_within_a_fifth_is_not_worse(tmp_path: Path) -> None:
    before, now = (pack(finding(CHECK, HIGH, facts={"used_ratio": one})) for one in (0.50, 0.59))
    assert statuses(before, now, tmp_path) == {CHECK: "Not Fixed"}


def test_what_was_accepted_since_is_no_longer_open(tmp_path: Path) -> None:
    now = pack(finding(CHECK, HIGH, accepted="wanted"), negative(CHECK))
    assert statuses(pack(finding(CHECK, HIGH)), now, tmp_path) == {CHECK: "Fixed"}


def test_a_review_of_another_database_is_refused(tmp_path: Path) -> None:
    earlier = read_earlier(saved(pack(finding(CHECK, HIGH), database="other"), tmp_path))
    with pytest.raises(BadConfiguration, match="review of other, not of shop"):
        with_statuses(pack(), earlier)


def test_a_newer_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    path.write_text('{"schema": "pgaudit-review/2"}')
    with pytest.raises(ReportTooNew, match="pgaudit-review/2"):
        read_earlier(path)


@pytest.mark.parametrize("text", ["", "{}", "no json", '{"schema": "other/1"}', '{"schema": "pgaudit-review/1"}'])
def test_what_is_no_review_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ReportUnreadable):
        read_earlier(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportUnreadable, match="No such file"):
        read_earlier(tmp_path / "none.json")


def test_a_scan_report_serves_as_well(tmp_path: Path) -> None:
    report = ordinary()
    path = tmp_path / "scan.json"
    path.write_text(report_json(report))
    earlier = read_earlier(path)
    assert len(earlier.findings) == len(report.open_findings)
    assert earlier.database == report.target.database


@pytest.mark.pg("== 17")
def test_a_second_review_of_a_real_database_shows_all_of_them(database: Database, tmp_path: Path) -> None:
    """Some fixed, one worse, one new, and one role that may no longer see what it saw."""
    role = f"{database.name}_auditor"
    with database.connect() as connection:
        connection.execute(
            "create schema app;"
            "create table app.a (id integer, other integer); create index a1 on app.a (other);"
            "create index a2 on app.a (other); create index a3 on app.a (other);"
            "create table app.b (price real primary key); create table app.c (id integer);"
        )
        connection.execute(f"create role {role} login in role pg_monitor")
        connection.execute(f"grant execute on function pg_catalog.pg_hba_file_rules() to {role}")
        connection.execute(f"grant select on pg_catalog.pg_hba_file_rules to {role}")
    dsn = psycopg.conninfo.make_conninfo(database.dsn, user=role)
    try:
        before = pack_of(dsn)
        with database.connect() as connection:
            connection.execute(
                "drop index app.a3; alter table app.b alter column price type numeric;"
                "alter table app.c add primary key (id); create table app.d (id integer);"
                "create table app.e (id integer);"
                "create table app.f (at timestamp primary key)"
            )
            connection.execute(f"revoke execute on function pg_catalog.pg_hba_file_rules() from {role}")
            connection.execute(f"revoke select on pg_catalog.pg_hba_file_rules from {role}")
        now = pack_of(dsn)
    finally:
        with database.connect() as connection:
            connection.execute(f"drop owned by {role}; drop role {role}")
    found = statuses(before, now, tmp_path)
    assert found["indexes/duplicate"] == "Partially Fixed"
    assert found["schema/money_as_float"] == "Fixed"
    assert found["constraints/missing_primary_key"] == "Worse"  # c is mended, d and e came
    assert found["schema/type_timestamp_without_tz"] == "New"
    assert found["security/hba_trust_or_password"] == "Not Verified"  # noqa: S105 - a check's name


def test_statuses_stand_in_the_review(tmp_path: Path) -> None:
    earlier = read_earlier(saved(pack(finding(CHECK, HIGH)), tmp_path))
    now = with_statuses(pack(negative(CHECK), finding("a/new", HIGH)), earlier)
    text = render(review(now, Format.AUTHORITY), "markdown")
    assert "| Fixed | duplicate |" in text
    assert "| New | new |" in text
    assert msgspec.json.decode(to_json(review(now, Format.AUTHORITY)))["document"]["statuses"]
