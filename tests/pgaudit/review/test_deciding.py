"""What rules decide: issues, risks, score, verdict, order, effort. Expected values by the published arithmetic."""

from __future__ import annotations

import msgspec
import pytest

from pgaudit.review.deciding.classes import Dimension
from pgaudit.review.deciding.decisions import Classification, Verdict, decide
from pgaudit.review.deciding.issues import Level
from pgaudit.review.deciding.risks import RiskLevel
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.context_records import context_records
from pgaudit.review.evidence.records import LockEstimate, ProposedChange, Record, RecordKind
from probes.finding import Confidence, Severity
from tests.pgaudit.review.packs import coverage, document, finding, negative, pack, skip

HIGH, MEDIUM, CRITICAL = Severity.HIGH, Severity.MEDIUM, Severity.CRITICAL


def score(*records: Record) -> float:
    return decide(pack(*records)).readiness.value


def test_nothing_found_is_ten_and_approved() -> None:
    made = decide(pack(coverage("security"), negative("indexes/duplicate")))
    assert (made.readiness.value, made.verdict, made.is_safe) == (10, Verdict.APPROVED, True)


def test_a_high_issue_costs_one_and_a_medium_one_a_quarter() -> None:
    assert score(finding("indexes/duplicate", HIGH), finding("indexes/invalid", MEDIUM)) == 8.75


def test_places_of_one_issue_cost_once() -> None:
    assert score(*(finding("indexes/duplicate", HIGH, name=f"t{number}") for number in range(9))) == 9


def test_high_issues_cost_four_at_most_and_medium_ones_two() -> None:
    high = [finding(f"security/check_{number}", HIGH) for number in range(9)]
    medium = [finding(f"indexes/check_{number}", MEDIUM) for number in range(20)]
    assert score(*high, *medium) == 4


def test_one_critical_issue_caps_the_score_at_three() -> None:
    made = decide(pack(finding("security/policy_without_rls", CRITICAL)))
    assert made.readiness.value == 3
    assert "no more than 3" in made.readiness.arithmetic


def test_the_score_never_falls_below_zero() -> None:
    assert score(*(finding(f"security/check_{number}", CRITICAL) for number in range(7))) == 0


def test_without_evidence_of_recovery_the_score_is_capped_at_seven() -> None:
    unknown = context_records(None, gate=False, related=False)
    assert score(coverage("security"), *unknown) == 7


def test_what_was_accepted_costs_nothing() -> None:
    assert score(finding("indexes/duplicate", HIGH, accepted="wanted")) == 10


def test_info_is_no_issue() -> None:
    assert decide(pack(finding("indexes/duplicate", Severity.INFO))).issues == ()


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        ("security/policy_without_rls", Verdict.REJECTED),
        ("constraints/disabled_trigger", Verdict.REJECTED),
        ("indexes/duplicate", Verdict.WITH_CHANGES),
    ],
)
def test_critical_faults_of_security_or_data_reject_others_ask_for_changes(check: str, verdict: Verdict) -> None:
    assert decide(pack(finding(check, CRITICAL))).verdict is verdict


def test_one_high_issue_is_enough_to_withhold_approval() -> None:
    assert decide(pack(finding("indexes/duplicate", HIGH))).verdict is Verdict.WITH_CHANGES


def test_what_was_guessed_from_names_is_never_critical() -> None:
    made = decide(pack(finding("schema/money_as_float", CRITICAL, confidence=Confidence.LOW)))
    assert [issue.level for issue in made.issues] == [Level.HIGH]


def test_three_critical_issues_beyond_sql_ask_for_a_redesign() -> None:
    made = decide(pack(*(finding(f"security/check_{number}", CRITICAL) for number in range(3))))
    assert made.classification is Classification.REDESIGN
    mended = decide(
        pack(
            *(finding(f"security/check_{n}", CRITICAL, sql=(f"revoke all on app.t{n} from public",)) for n in range(3))
        )
    )
    assert mended.classification is Classification.SIGNIFICANT


def test_a_risk_without_findings_is_none_only_where_everything_ran() -> None:
    levels = {risk.dimension: risk.level for risk in decide(pack(skip("indexes/unused"), coverage("security"))).risks}
    assert levels[Dimension.PERFORMANCE] is RiskLevel.LOW
    assert levels[Dimension.SECURITY] is RiskLevel.NONE


def test_what_nobody_looked_at_is_neither_safe_nor_free_of_risk() -> None:
    for unseen in (pack(), pack(skip("indexes/unused"))):
        made = decide(unseen)
        assert (made.verdict, made.readiness.value, made.is_safe) == (Verdict.REJECTED, 0, False)
        assert RiskLevel.NONE not in {risk.level for risk in made.risks}


def test_a_risk_is_as_high_as_its_worst_issue() -> None:
    made = decide(pack(finding("sequences/near_exhaustion", CRITICAL), finding("security/bypassrls_role", HIGH)))
    levels = {risk.dimension: risk.level for risk in made.risks}
    assert levels[Dimension.SCALABILITY] is RiskLevel.CRITICAL
    assert levels[Dimension.INTEGRITY] is RiskLevel.CRITICAL
    assert levels[Dimension.SECURITY] is RiskLevel.HIGH


def test_changes_run_by_level_then_stage_and_sessions_first() -> None:
    made = decide(
        pack(
            finding("indexes/duplicate", HIGH, name="a", sql=("drop index concurrently app.i",)),
            finding("sequences/near_exhaustion", CRITICAL, name="b", sql=("alter sequence app.s as bigint",)),
            finding("config/fsync_off", CRITICAL, name="c", sql=("alter system set fsync = on",)),
            finding("sessions/idle_in_transaction", HIGH, name="d", sql=("select pg_terminate_backend(1)",)),
        )
    )
    assert [one.issue for one in made.changes] == [
        "sessions/idle_in_transaction",
        "config/fsync_off",
        "sequences/near_exhaustion",
        "indexes/duplicate",
    ]


def test_what_two_checks_ask_for_is_one_change_that_cites_both() -> None:
    sql = ("alter table app.orders enable row level security",)
    made = decide(
        pack(
            finding("security/policy_without_rls", CRITICAL, sql=sql),
            finding("security/rls_disabled_exposed_table", HIGH, sql=sql),
        )
    )
    assert len(made.changes) == 1
    assert len(made.changes[0].ids) == 2


def test_a_change_within_a_wider_one_is_not_asked_for_twice() -> None:
    widen = "alter table app.orders alter column id type bigint"
    made = decide(
        pack(
            finding("sequences/near_exhaustion", CRITICAL, sql=(widen, "alter sequence app.s as bigint")),
            finding("sequences/int_primary_key", HIGH, sql=(widen,)),
        )
    )
    assert [one.change.sql for one in made.changes] == [(widen, "alter sequence app.s as bigint")]


def test_indexes_are_built_before_others_are_dropped() -> None:
    made = decide(
        pack(
            finding("indexes/invalid", HIGH, name="a", sql=("drop index concurrently app.i",)),
            finding("indexes/invalid", HIGH, name="b", sql=("create index concurrently j on app.b (c)",)),
        )
    )
    assert [one.change.sql[0].split()[0] for one in made.changes] == ["create", "drop"]


def test_hours_are_counted_by_kind_of_work_and_once_for_each_statement() -> None:
    sql = ("alter table app.orders enable row level security",)
    made = decide(
        pack(
            finding("security/policy_without_rls", CRITICAL, sql=sql),
            finding("security/rls_disabled_exposed_table", CRITICAL, sql=sql),
            finding("config/fsync_off", CRITICAL, name="x", sql=("alter system set fsync = on",)),
        )
    )
    assert made.critical_effort.hours == 2.0  # 1.5 for access, 0.5 for a setting
    assert made.critical_effort.days == 0.5


def test_exclusive_locks_add_up_and_the_longest_is_named() -> None:
    def locked(name: str, seconds: float) -> Record:
        lock = LockEstimate(f"app.{name}", "ACCESS EXCLUSIVE", 1, "rewrite", seconds)
        record = finding("schema/money_as_float", CRITICAL, name=name)
        change = ProposedChange((f"alter table app.{name} x",), locks=(lock,), locks_known=True)
        return Record(
            **{name: getattr(record, name) for name in record.__struct_fields__ if name != "change"}, change=change
        )

    downtime = decide(pack(locked("small", 1.5), locked("large", 40.0))).critical_downtime
    assert (downtime.exclusive_seconds, downtime.longest_relation) == (41.5, "app.large")


@pytest.mark.parametrize(
    ("severity", "value", "verdict"),
    [(CRITICAL, 3, Verdict.REJECTED), (HIGH, 9, Verdict.WITH_CHANGES), (MEDIUM, 10, Verdict.APPROVED)],
)
def test_a_grave_flaw_of_the_proposal_costs_as_much_as_one_of_the_system(
    severity: Severity, value: float, verdict: Verdict
) -> None:
    flaw = msgspec.structs.replace(finding("proposal/drop-table", severity), kind=RecordKind.PROPOSAL)
    made = decide(pack(flaw, coverage("schema")))
    assert (made.readiness.value, made.verdict, made.issues) == (value, verdict, ())
    assert made.critical_fixes == 0


def test_what_is_rejected_is_not_signed_off() -> None:
    made = document(pack(finding("security/policy_without_rls", CRITICAL)), Format.AUTHORITY)
    assert isinstance(made, AuthorityReview)
    assert (made.sign_off.readiness, made.sign_off.safety) == ("REJECTED", "UNSAFE")
    assert made.sign_off.sign_off == "NOT APPROVED - STOP WORK"
    assert made.sign_off.critical_fixes == 1
