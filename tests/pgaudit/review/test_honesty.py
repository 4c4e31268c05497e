"""Where nothing was seen, nothing is approved; where something is, it is named with its numbers."""

from __future__ import annotations

import pytest

from pgaudit.review.backends.offline.desk import sentence
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis, Section
from pgaudit.review.documents.wording import API_APPROVED, NO_FLAWS, NO_VULNERABILITIES, PAYMENT_SOUND, SCHEMA_APPROVED
from pgaudit.review.evidence.records import Pack, RecordKind
from pgaudit.review.rendering.registry import render
from probes.finding import Severity
from tests.pgaudit.review.packs import coverage, document, finding, pack, pack_of, review, skip
from tests.servers import Database

APPROVALS = (NO_VULNERABILITIES, NO_FLAWS, PAYMENT_SOUND, SCHEMA_APPROVED, API_APPROVED)


def authority(of: Pack) -> AuthorityReview:
    made = document(of, Format.AUTHORITY)
    assert isinstance(made, AuthorityReview)
    return made


def test_sections_without_input_name_it_and_approve_nothing(demo_pack: Pack) -> None:
    made = authority(demo_pack)
    text = render(review(demo_pack, Format.AUTHORITY), "markdown")
    assert [one for one in APPROVALS if one in text] == []
    for section, needs in (
        (made.api_changes, "api in"),
        (made.payments, "payments in"),
        (made.integration, "integrations in"),
    ):
        told = [claim for part in section.parts for claim in part.claims if claim.basis is Basis.NOT_ASSESSABLE]
        assert any(needs in claim.text for claim in told), section.heading
    assert "--proposal" in made.flaws.claims[0].text


def test_no_vulnerabilities_is_said_only_where_every_check_of_security_ran() -> None:
    def second(*records: object) -> str | None:
        return authority(pack(*records)).audit.parts[0].fixed  # type: ignore[arg-type]

    assert second(coverage("security")) == NO_VULNERABILITIES
    assert second(coverage("security", dark=1)) is None
    assert second(coverage("indexes")) is None
    assert second(coverage("security"), finding("security/bypassrls_role", Severity.LOW)) is None


def test_a_schema_is_approved_only_where_nothing_is_open_and_checks_ran() -> None:
    assert authority(pack(coverage("schema"))).schema_changes.fixed == SCHEMA_APPROVED
    assert authority(pack(skip("schema/type_json"))).schema_changes.fixed is None


def test_a_percentile_is_never_claimed(demo_pack: Pack) -> None:
    for wanted in Format:
        for line in render(review(demo_pack, wanted), "markdown").splitlines():
            if "p95" in line:
                assert "cannot be read" in line or "not assessed" in line.lower(), line


def test_a_pack_of_nothing_still_gives_every_section() -> None:
    made = authority(pack(coverage("security")))
    assert len(made.numbered()) == 10
    text = render(review(pack(coverage("security")), Format.AUTHORITY), "markdown")
    assert "No evidence about this was collected." in text


@pytest.mark.pg("== 18")
def test_an_empty_database_can_be_reviewed(database: Database) -> None:
    made = pack_of(database.dsn)
    for wanted in Format:
        text = render(review(made, wanted), "markdown")
        assert text.startswith("# ")
        assert [one for one in APPROVALS if one in text] == []
        assert " of 0 " not in text
        for form in ("html", "json"):
            assert render(review(made, wanted), form)


@pytest.mark.parametrize("unseen", [pack(), pack(skip("security/bypassrls_role"))], ids=["no record", "one skip"])
@pytest.mark.parametrize("wanted", list(Format), ids=lambda one: one.value)
def test_of_a_pack_of_nothing_nothing_is_approved(unseen: Pack, wanted: Format) -> None:
    made = review(unseen, wanted)
    text = render(made, "markdown")
    assert [one for one in (*APPROVALS, "APPROVED FOR CONTINUED DEVELOPMENT", "[x] **") if one in text] == []
    assert made.evidence.records
    for form in ("html", "json"):
        assert render(made, form)


@pytest.mark.pg("== 13")
def test_a_role_that_may_see_little_gets_unverified_and_no_approval(database: Database) -> None:
    role = f"{database.name}_auditor"
    database.execute(f"create role {role} login")
    try:
        made = pack_of(f"{database.dsn} user={role}")
    finally:
        database.execute(f"drop role {role}")
    assert [record for record in made.of(RecordKind.SKIP) if record.needs]
    assert authority(made).audit.parts[0].fixed is None


def test_critical_places_of_the_demo_are_counted(demo_pack: Pack) -> None:
    critical = [one for one in demo_pack.of(RecordKind.FINDING) if one.severity is Severity.CRITICAL]
    made = authority(demo_pack)
    assert made.sign_off.critical_fixes == len(critical) > 0
    assert made.sign_off.readiness == "REJECTED"


def test_every_open_finding_of_the_demo_is_in_its_lists(demo_pack: Pack) -> None:
    audit: Section = authority(demo_pack).audit
    listed = {
        identity for part in audit.parts for issue in part.issues for claim in issue.places for identity in claim.cites
    }
    open_ones = {one.id for one in demo_pack.of(RecordKind.FINDING) if one.severity is not Severity.INFO}
    assert listed == open_ones


SETTLED = {"replication/publication_without_identity", "security/policy_function_not_initplan"}
"""Findings that the change of another finding mends."""


def test_every_fix_is_among_the_changes_in_full(demo_pack: Pack) -> None:
    made = authority(demo_pack)
    told = {statement for change in made.changes for statement in change.sql}
    mended = {identity for change in made.changes for identity in change.cites}
    for record in demo_pack.of(RecordKind.FINDING):
        if record.change and record.severity is not Severity.INFO:
            assert record.id in mended
            assert record.topic in SETTLED or set(record.change.sql) <= told, record.id


def test_names_in_lower_case_keep_it_at_the_beginning_of_a_sentence() -> None:
    assert sentence("fsync is off") == "fsync is off."
    assert sentence("policy x does nothing") == "Policy x does nothing."
    assert sentence("market.order is json") == "market.order is json."
