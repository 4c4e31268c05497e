"""What a panel, a plan and a card owe their reader: the input of each gap, all of a list that is carried out."""

from __future__ import annotations

import itertools
import re

import msgspec
import pytest
import yaml

from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.backends.offline.topics.business import money_findings
from pgaudit.review.context.model import WANTED
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.others import DatabasePlan, ExpertOpinion, PanelReview, PositionCard
from pgaudit.review.documents.parts import Basis
from pgaudit.review.documents.wording import PANEL_DELIVERABLES, PANEL_ROLES
from pgaudit.review.evidence.records import Pack, ProposedChange
from pgaudit.review.layout.parts import runnable
from pgaudit.review.rendering.registry import render
from probes.finding import Severity
from tests.pgaudit.review.packs import document, finding, pack, pack_of, review
from tests.servers import Database

_OF_OUTSIDE = ("API Architect", "Payment Systems Expert", "Integration Architect")
_NUMBER = re.compile(r"\d+")


@pytest.fixture
def panel(demo_pack: Pack) -> PanelReview:
    written = document(demo_pack, Format.PANEL)
    assert isinstance(written, PanelReview)
    return written


def _expert(panel: PanelReview, role: str) -> ExpertOpinion:
    return next(one for one in panel.experts if one.role.endswith(role) or role in one.role)


@pytest.mark.parametrize("role", _OF_OUTSIDE)
def test_every_part_about_what_no_database_holds_names_the_input_it_needs(panel: PanelReview, role: str) -> None:
    unasked = [
        part.heading
        for part in _expert(panel, role).provisions
        if not any(claim.basis is Basis.NOT_ASSESSABLE and "Needed: " in claim.text for claim in part.claims)
    ]
    assert unasked == []


def test_inputs_that_a_panel_asks_for_exist(panel: PanelReview) -> None:
    claims = [claim for expert in panel.experts for part in expert.provisions for claim in part.claims]
    asked = {name for claim in claims for name in re.findall(r"(\w+) in the context file", claim.text)}
    assert asked
    assert asked <= {name.value for name in WANTED}


def _numbers(text: str) -> set[int]:
    """The changes that a text names, runs of them spelled out."""
    found: set[int] = set()
    for run in re.findall(r"changes? ([\d, and to]+)", text):
        for first, last in re.findall(r"(\d+) to (\d+)", run):
            found |= set(range(int(first), int(last) + 1))
        found |= {int(one) for one in _NUMBER.findall(run)}
    return found


@pytest.mark.parametrize("heading", ["Step-by-step migration runbook", "Testing checklist for each migration phase"])
def test_lists_that_are_carried_out_name_every_change(demo_pack: Pack, panel: PanelReview, heading: str) -> None:
    part = next(one for one in _expert(panel, "Data Migration").provisions if one.heading == heading)
    named = {number for claim in part.claims for number in _numbers(claim.text)}
    assert named == {one.number for one in decide(demo_pack).changes}


def test_the_runbook_and_the_plan_run_changes_in_the_order_of_their_numbers(
    demo_pack: Pack, panel: PanelReview
) -> None:
    plan = document(demo_pack, Format.PLAN)
    assert isinstance(plan, DatabasePlan)
    planned = [number for step in plan.steps for number in step.changes]
    assert planned == sorted(planned)
    runbook = _expert(panel, "Data Migration").provisions[0]
    first = [min(_numbers(claim.text)) for claim in runbook.claims if _numbers(claim.text)]
    assert first == sorted(first)


def test_alternatives_say_which_of_their_lines_speak_for_them(panel: PanelReview) -> None:
    for one in panel.alternatives.lists:
        leads = {claim.text.partition(":")[0] for claim in one.claims}
        assert {"What's different", "Pro", "Con"} < leads
        assert any(lead.startswith("Migration complexity ") for lead in leads)
        assert any(lead in {"Keep proposed", "Recommendation: switch"} for lead in leads)


def test_a_panel_speaks_of_no_section_of_another_format(demo_pack: Pack) -> None:
    for wanted in (Format.PANEL, Format.PLAN, Format.CARD):
        assert re.findall(r"section \d+", render(review(demo_pack, wanted), "markdown")) == []


def test_a_card_names_each_grave_issue_once(demo_pack: Pack) -> None:
    card = document(demo_pack, Format.CARD)
    assert isinstance(card, PositionCard)
    texts = [claim.text for claim in card.plan]
    assert len(texts) == len(set(texts)) == 8
    assert sum("Disabled trigger" in text for text in texts) == len(
        [
            issue
            for issue in decide(demo_pack).issues
            if issue.title == "Disabled trigger" and issue.level.value == "CRITICAL"
        ]
    )


def test_a_card_counts_the_evidence_that_it_lists(demo_pack: Pack) -> None:
    text = render(review(demo_pack, Format.CARD), "markdown")
    told = re.search(r"\*\*evidence\*\*: (\d+) records", text)
    assert told
    assert int(told[1]) == len(re.findall(r"^\| E\d+ \|", text, re.MULTILINE))


def test_what_is_built_concurrently_runs_without_time_limits(demo_pack: Pack) -> None:
    plan = document(demo_pack, Format.PLAN)
    assert isinstance(plan, DatabasePlan)
    concurrent = [one for one in plan.changes if any(" index concurrently " in text for text in one.sql)]
    assert concurrent
    for change in concurrent:
        statements = runnable(change)
        assert statements[:2] == ["set lock_timeout = 0;", "set statement_timeout = 0;"]
        assert statements[-2:] == ["reset statement_timeout;", "reset lock_timeout;"]
        for before, statement in itertools.pairwise(statements):
            assert not statement.startswith("alter table ") or before == "set lock_timeout = '2s';"


def test_sizes_of_indexes_are_not_called_nothing(demo_pack: Pack) -> None:
    for wanted in (Format.PANEL, Format.PLAN):
        text = render(review(demo_pack, wanted), "markdown")
        assert [line for line in text.splitlines() if line.startswith("**Lock**") and "(0 bytes)" in line] == []
        assert "(0 bytes), " not in text


def test_no_json_is_said_to_be_unread_where_no_check_looked(demo_pack: Pack) -> None:
    unread = "no recorded query filters by a key"
    assert unread in render(review(demo_pack, Format.PLAN), "markdown")
    looked = next(one for one in demo_pack.records if one.topic == "queries/json_read_by_key")
    assert unread not in render(review(demo_pack.without(looked.id), Format.PLAN), "markdown")


@pytest.mark.pg("== 18")
def test_a_database_without_tenants_is_told_nothing_about_them(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table authors (id bigint primary key)")
        connection.execute("create table books (id bigint primary key, author_id bigint not null references authors)")
    taken = pack_of(database.dsn)
    text = render(review(taken, Format.PANEL), "markdown").partition("## Evidence")[0]
    assert "rows of tenants" not in text
    assert "another tenant's" not in text
    assert "tenancy_model in the context file" in text
    assert "0 bytes each time" not in text
    plan = render(review(taken, Format.PLAN), "markdown")
    assert "not worth one while the tables are as small as now: public.books (author_id)" in plan


def test_a_finding_that_another_change_mends_is_not_left_to_people() -> None:
    always = finding("security/policy_always_true", Severity.HIGH, sql=("alter policy p on app.orders using (true)",))
    open_to_all = finding("tenancy/policy_not_by_tenant", Severity.MEDIUM)
    changes = decide(pack(always, open_to_all)).changes
    assert [(one.change.sql, one.ids) for one in changes] == [
        (ProposedChange(("alter policy p on app.orders using (true)",)).sql, (always.id, open_to_all.id))
    ]


def test_all_seven_roles_speak(panel: PanelReview) -> None:
    assert tuple(one.role for one in panel.experts) == PANEL_ROLES
    assert all(one.analysis for one in panel.experts)


def test_a_panel_is_found_by_its_contents_role_by_role(demo_pack: Pack) -> None:
    page = render(review(demo_pack, Format.PANEL), "html")
    links = re.findall(r'<li><a href="#(s-[^"]+)">', page)
    assert len(links) == len(set(links)) == 2 + len(PANEL_ROLES) + len(PANEL_DELIVERABLES)
    assert all(page.count(f' id="{one}"') == 1 for one in links)


def test_the_summary_has_three_paragraphs_and_names_what_nobody_gave(demo_pack: Pack) -> None:
    summary = _summary(demo_pack)
    assert len(summary.split("\n\n")) == 3
    assert all(f"{name}" in summary for name in ("payments", "integrations", "--proposal PATH"))


def _summary(taken: Pack) -> str:
    text = render(review(taken, Format.PANEL), "markdown")
    return text.partition("### 1. Executive Summary")[2].partition("###")[0].strip()


def test_what_no_table_has_is_no_strength(demo_pack: Pack) -> None:
    column = next(one for one in demo_pack.records if one.topic == "inventory/tenant_column")
    none = msgspec.structs.replace(column, facts={**column.facts, "first_in_an_index": 0})
    records = tuple(none if one is column else one for one in demo_pack.records)
    assert "first in an index" in _summary(demo_pack)
    assert "first in an index" not in _summary(msgspec.structs.replace(demo_pack, records=records))


def test_tables_of_a_plan_in_yaml_say_what_their_numbers_are(demo_pack: Pack) -> None:
    tables = yaml.safe_load(render(review(demo_pack, Format.PLAN), "yaml"))["database_plan"]["schema_design"]["tables"]
    assert re.fullmatch(r"market\.\w+: columns \d+, rows [\d,]+, heap [\d.]+ \w+, indexes \d+", tables[0])


def test_no_finding_on_money_is_left_out_of_what_the_payment_expert_rests_on(
    demo_pack: Pack, panel: PanelReview
) -> None:
    found = money_findings(Desk(demo_pack, decide(demo_pack)))
    of_tables = {one.id for one in found if not one.topic.startswith(("security/", "tenancy/"))}
    told = {identity for claim in _expert(panel, "Payment Systems").analysis for identity in claim.cites}
    assert len(of_tables) > 8
    assert of_tables <= told
