"""What the authority review and the evidence checklist may say, and what they may not, of packs made by hand and of the
demo database.
"""

from __future__ import annotations

import re

import pytest

from pgaudit.review.context.model import Context, Given, InputName
from pgaudit.review.deciding.classes import Dimension
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.deciding.risks import RiskLevel
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.others import Checklist, Met
from pgaudit.review.evidence.context_records import context_records
from pgaudit.review.evidence.records import Pack, Record, RecordKind, record_id
from pgaudit.review.rendering.registry import render
from probes.finding import Evidence, Severity
from tests.pgaudit.review.packs import coverage, document, finding, negative, pack, review, skip


def fact(topic: str, facts: Evidence, says: str = "counted") -> Record:
    name = f"inventory/{topic}"
    return Record(record_id(RecordKind.INVENTORY, name), RecordKind.INVENTORY, name, topic, says, facts)


NO_INPUT = tuple(context_records(Context({}), gate=False, related=False))
NO_TENANTS = (
    fact("keys", {"tables": 3, "foreign_keys": 2, "unique_constraints": 0}),
    fact("relations", {"tables": 3, "indexes": 5, "table_bytes": 1 << 20, "index_bytes": 0}),
    fact("tenant_column", {"tables": 3, "tables_with_it": 0}, "no column tells tenants apart"),
    fact("row_security", {"tables_of_tenants": 3, "enabled": 0}),
)
NO_TABLE = (
    fact("keys", {"tables": 0}, "there is no table"),
    fact("relations", {"tables": 0, "indexes": 0, "table_bytes": 0, "index_bytes": 0}),
    fact("tenant_column", {"tables": 0, "tables_with_it": 0}, "no column tells tenants apart"),
    fact("row_security", {"tables_of_tenants": 0, "enabled": 0}, "there is no table to guard"),
)


def authority(*records: Record) -> AuthorityReview:
    written = document(pack(*records, coverage("security"), *NO_INPUT), Format.AUTHORITY)
    assert isinstance(written, AuthorityReview)
    return written


def checklist(*records: Record) -> dict[str, tuple[Met, str]]:
    """Points, pitfalls and criteria by their first words, each with its state and the reason."""
    written = document(pack(*records, coverage("security"), *NO_INPUT), Format.CHECKLIST)
    assert isinstance(written, Checklist)
    points = {one.text: (one.met, one.reason.text) for one in (*written.points, *written.criteria)}
    return points | {one.name: (one.found, one.here.text) for one in written.pitfalls}


# ---- the authority review


def test_nothing_is_asked_of_a_tenant_column_where_no_tenants_are_told_apart() -> None:
    written = authority(*NO_TENANTS, finding("security/public_can_create_in_schema", Severity.HIGH))
    assert "tenant" not in " ".join(claim.text for claim in written.action_plan.proceed_with)
    assert "tenant" not in " ".join(one.testing.text for one in written.priorities.priorities)
    assert "tenancy_model" in " ".join(claim.text for claim in written.tenancy.parts[0].claims)


def test_where_there_is_no_table_no_other_way_is_weighed_and_no_endpoint_is_promised() -> None:
    written = authority(*NO_TABLE)
    assert written.alternatives.alternatives == ()
    assert "no table" in written.assessment.strategy_reasoning[0].text
    assert "endpoints" not in " ".join(claim.text for claim in written.action_plan.proceed_with)


def test_a_session_that_is_open_now_speaks_for_migrations_and_not_for_speed() -> None:
    session = finding("sessions/idle_in_transaction", Severity.HIGH, name="session")
    index = finding("indexes/invalid", Severity.HIGH, name="broken")
    risks = {one.dimension: one for one in decide(pack(session, index)).risks}
    assert risks[Dimension.PERFORMANCE].level is RiskLevel.HIGH
    assert risks[Dimension.PERFORMANCE].driver.startswith(index.says)
    assert risks[Dimension.MIGRATION].driver.startswith(session.says)


def test_backups_take_two_days_and_a_line_of_an_access_file_an_hour() -> None:
    backups = finding("durability/archiving_off", Severity.HIGH, name="archive_mode")
    line = finding("security/hba_trust_or_password", Severity.HIGH, name="pg_hba.conf")
    assert decide(pack(backups)).production_effort.hours == 16
    assert decide(pack(line)).production_effort.hours == 1


def test_a_stage_waits_for_what_it_needs_and_not_for_whatever_stands_before_it() -> None:
    written = authority(
        finding("config/fsync_off", Severity.CRITICAL, sql=("alter system set fsync = on",)),
        finding("security/public_can_create_in_schema", Severity.HIGH, name="public"),
        finding("sequences/near_exhaustion", Severity.HIGH, name="numbers"),
    )
    waits = {one.component: one.dependencies.text for one in written.priorities.priorities}
    assert waits == {
        "Make the server safe to restart and to restore": "nothing",
        "Keep inserts from failing": "after 1",
        "Close access": "nothing",
    }


def test_no_lock_of_a_change_is_shown_on_an_index_that_nobody_else_locks(demo_pack: Pack) -> None:
    found = [
        (record, lock)
        for record in demo_pack.of(RecordKind.FINDING)
        if record.change
        for lock in record.change.locks
        if " index concurrently " in " ".join(record.change.sql)
    ]
    assert len(found) > 10
    assert {lock.mode for record, lock in found if record.change and len(record.change.sql) == 1} == {
        "SHARE UPDATE EXCLUSIVE"
    }


def test_issues_and_risks_carry_the_words_that_were_asked_for(demo_pack: Pack) -> None:
    text = render(review(demo_pack, Format.AUTHORITY), "markdown")
    for risk in ("Data integrity", "Security", "Performance", "Scalability", "Migration"):
        assert re.search(rf"^- \*\*{risk} risks\*\*: (NONE|LOW|MEDIUM|HIGH|CRITICAL)\b", text, re.MULTILINE)
    issues = re.findall(r"^- \*\*[^*]+\*\*: .+ - \*\*Severity\*\*: (CRITICAL|HIGH|MEDIUM|LOW)\b", text, re.MULTILINE)
    assert len(issues) == len(decide(demo_pack).issues)


def test_the_weeks_of_the_priorities_are_the_weeks_of_the_verdict(demo_pack: Pack) -> None:
    written = document(demo_pack, Format.AUTHORITY)
    assert isinstance(written, AuthorityReview)
    added = sum(one.weeks for one in written.priorities.priorities)
    assert written.sign_off.weeks == pytest.approx(added, abs=0.5)


# ---- the checklist


def test_a_restore_of_which_nobody_told_is_unknown_even_where_nothing_is_archived() -> None:
    met, why = checklist(finding("durability/archiving_off", Severity.HIGH))["Backup/restore tested quarterly"]
    assert met is Met.UNKNOWN
    assert "restore_test" in why


def test_an_open_transaction_does_not_prove_that_writes_lack_one() -> None:
    session = finding("sessions/idle_in_transaction", Severity.HIGH)
    assert checklist(session)["No transaction for multi-write"][0] is Met.UNKNOWN


def test_migrations_that_nobody_showed_are_not_called_reversible() -> None:
    index = finding("indexes/duplicate", Severity.HIGH, sql=("drop index concurrently app.copy",))
    for point in ("Migrations are reversible and documented", "No migration rollback"):
        assert checklist(*NO_TENANTS)[point][0] is Met.UNKNOWN
    assert checklist(index)["No migration rollback"][0] is Met.NOT_MET


def test_missing_partitions_are_not_unbounded_growth() -> None:
    partitions = finding("partitioning/missing_future_partitions", Severity.HIGH)
    whole = fact("partitioning", {"large_in_one_piece": ()}, "1 partitioned table")
    growth = "Unbounded growth of audit logs"
    assert checklist(partitions, whole, skip("retention/append_only_without_retention"))[growth][0] is Met.UNKNOWN
    assert checklist(whole, negative("retention/append_only_without_retention"))[growth][0] is Met.MET


def test_nothing_of_a_database_without_tables_is_met_or_avoided_but_its_settings() -> None:
    states = checklist(*NO_TABLE, negative("indexes/unindexed_foreign_key"), negative("constraints/disabled_trigger"))
    assert {text for text, (met, _) in states.items() if met is Met.MET} == set()


@pytest.mark.parametrize(("serial", "met"), [(("app.orders.id",), Met.NOT_MET), ((), Met.MET)])
def test_serial_is_told_by_the_defaults_of_key_columns(serial: tuple[str, ...], met: Met) -> None:
    kinds = fact("identifiers", {"columns": 2, "filled_by_identity": 1, "serial_columns": serial})
    assert checklist(kinds)["Using SERIAL without sequences in Postgres"][0] is met


def test_a_checklist_that_names_changes_says_where_their_sql_stands(demo_pack: Pack) -> None:
    text = render(review(demo_pack, Format.CHECKLIST), "markdown")
    assert re.search(r"\bchanges? \d", text)
    assert "Changes carry the numbers that they have in the authority review" in text
    bare = render(review(pack(*NO_TABLE, *NO_INPUT), Format.CHECKLIST), "markdown")
    assert "Changes carry the numbers" not in bare


# ---- the page


def test_cells_carry_the_head_of_their_column_for_narrow_screens(demo_pack: Pack) -> None:
    page = render(review(demo_pack, Format.AUTHORITY), "html")
    body = page.partition("<body>")[2]
    assert 'data-label="Share of time"' in body
    assert len(re.findall(r"<td(?![^>]*data-label)", body.partition('id="evidence"')[0])) == 0


def test_what_was_given_is_not_asked_for_again() -> None:
    given = context_records(Context({InputName.RESTORE_TEST: Given("every quarter")}), gate=False, related=False)
    written = document(pack(coverage("security"), *given), Format.CHECKLIST)
    assert isinstance(written, Checklist)
    point = next(one for one in written.criteria if one.text.startswith("Backup/restore"))
    assert point.met is Met.MET
    assert point.reason.cites
