"""The expert's answer and the diagnosis leave no issue out, and say what to see to before each change."""

from __future__ import annotations

import re

import msgspec
import pytest

from pgaudit.review.backends.offline.topics.indexes import unverified
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.deciding.issues import Level
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.others import Diagnosis, ExpertAnswer, Met
from pgaudit.review.documents.wording import RED_FLAGS
from pgaudit.review.evidence.records import Pack, Record, RecordKind, record_id
from pgaudit.review.evidence.timing import timing_in_words
from pgaudit.review.layout.blocks import Bullets, Line, Paragraph
from pgaudit.review.layout.page import Page
from pgaudit.review.rendering.html import page_as_html
from pgaudit.review.rendering.markdown import page_as_markdown
from probes.finding import ObjectRef, Severity
from tests.pgaudit.review.packs import document, finding, negative, pack, skip

NETWORK = ("security/hba_trust_or_password", "security/hba_plain_host")


def expert(of: Pack) -> ExpertAnswer:
    written = document(of, Format.EXPERT)
    assert isinstance(written, ExpertAnswer)
    return written


def diagnosis(of: Pack) -> Diagnosis:
    written = document(of, Format.DIAGNOSIS)
    assert isinstance(written, Diagnosis)
    return written


def cited_under(answer: ExpertAnswer, heading: str) -> set[str]:
    """Records that the parts of that name cite."""
    parts = [part for section in answer.sections for part in section.parts if part.heading == heading]
    return {identity for part in parts for claim in part.claims for identity in claim.cites}


def test_the_expert_tells_every_issue_among_what_to_change(demo_pack: Pack) -> None:
    told = cited_under(expert(demo_pack), "What to change")
    assert {identity for issue in decide(demo_pack).issues for identity in issue.ids} <= told


def test_the_expert_tells_of_access_over_the_network_under_security(demo_pack: Pack) -> None:
    security = next(one for one in expert(demo_pack).sections if one.heading == "Security Implementation")
    told = {identity for part in security.parts for claim in part.claims for identity in claim.cites}
    wanted = {record.id for check in NETWORK for record in demo_pack.topics(check)}
    assert wanted
    assert wanted <= told


@pytest.mark.parametrize("wanted", [Format.EXPERT, Format.DIAGNOSIS], ids=lambda one: one.value)
def test_the_steps_name_each_change_once(demo_pack: Pack, wanted: Format) -> None:
    written = document(demo_pack, wanted)
    if isinstance(written, Diagnosis):
        steps = [claim.text for claim in written.steps]
    else:
        assert isinstance(written, ExpertAnswer)
        lists = [one for section in written.sections for part in section.parts for one in part.lists]
        steps = [claim.text for one in lists for claim in one.claims]
    graded = [text for text in steps if re.search(r"\((CRITICAL|HIGH|MEDIUM|LOW)\): ", text)]
    named = [number for text in graded for number in numbers(text.partition("): ")[2].partition("by hand")[0])]
    assert sorted(named) == [one.number for one in decide(demo_pack).changes]


def numbers(text: str) -> list[int]:
    """`changes 3 to 5 and 7` as numbers."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", text):
        found += range(int(first), int(last or first) + 1)
    return found


def test_a_recommendation_says_what_its_changes_say_to_see_to_before(demo_pack: Pack) -> None:
    written = diagnosis(demo_pack)
    notes = {one.number: one.note for one in written.changes if one.note}
    told = [(each, notes[number]) for each in written.recommendations for number in each.changes if number in notes]
    assert told
    assert all(note.rstrip(".") in each.trade_offs.text for each, note in told)


def test_what_most_time_goes_into_is_recommended_next_to_what_is_critical(demo_pack: Pack) -> None:
    written = diagnosis(demo_pack)
    critical = sum(1 for one in written.issues if one.level is Level.CRITICAL)
    names = [one.name for one in written.recommendations]
    assert "Index the foreign keys" in names[: critical + 2]


def test_statements_that_are_spoken_of_by_number_are_shown(demo_pack: Pack) -> None:
    written = diagnosis(demo_pack)
    assert written.workload is not None
    shown = {identity for row in written.workload.rows for identity in row.cites}
    spoken = {one for claim in written.analysis if claim.text.startswith("Statement ") for one in claim.cites}
    assert {one for one in spoken if one.startswith("workload/")} <= shown


def test_checks_that_need_counters_of_different_ages_are_told_apart() -> None:
    day = msgspec.structs.replace(skip("indexes/low_cache_hit"), needs="counters of at least 1 day")
    week = msgspec.structs.replace(skip("indexes/unused"), needs="counters of at least 7 days")
    told = [claim.text for claim in unverified([day, week])]
    assert [("low_cache_hit" in text, "1 day" in text) for text in told] == [(True, True), (False, False)]
    assert "unused" in told[1]
    assert "7 days" in told[1]


def test_foreign_keys_of_small_tables_raise_no_flag_and_those_of_large_ones_do() -> None:
    def flag(severity: Severity) -> Met:
        written = diagnosis(pack(finding("indexes/unindexed_foreign_key", severity)))
        return next(one.raised for one in written.red_flags if one.name == RED_FLAGS[1])

    assert flag(Severity.INFO) is Met.MET
    assert flag(Severity.MEDIUM) is Met.NOT_MET


def test_an_issue_without_a_fault_of_its_kind_above_tells_what_it_leads_to() -> None:
    grave = finding("constraints/disabled_trigger", Severity.CRITICAL, name="orders")
    light = finding("constraints/disabled_trigger", Severity.HIGH, name="carts")
    first, second = diagnosis(pack(grave, light)).issues
    assert first.impact is not None
    assert first.impact.text == "It hurts."
    assert second.impact is not None
    assert "said above" in second.impact.text
    assert "HIGH" in second.impact.text


def test_a_small_time_is_not_told_as_none() -> None:
    assert timing_in_words(400, 0.0334, 0.002, 0.9) == (
        "400 calls, mean 0.03 ms, deviation under 0.01 ms, maximum 0.90 ms"
    )
    assert timing_in_words(1, 5.48, 0.0, 5.48) == "1 call of 5.48 ms"


def page(*lines: Line, ordered: bool = False) -> Page:
    return Page("t", (), (), (Bullets(lines, ordered) if ordered else Paragraph(lines),), "n")


def test_children_of_the_tenth_item_stand_under_its_text() -> None:
    items = [Line(f"item {number}", children=(Line("child"),)) for number in range(1, 11)]
    lines = page_as_markdown(page(*items, ordered=True), pack()).splitlines()
    assert lines[lines.index("9. item 9") + 1] == "   - child"
    assert lines[lines.index("10. item 10") + 1] == "    - child"


def test_code_in_prose_is_set_as_code_and_stays_text() -> None:
    text = "Wrap it: `(select current_setting('a'))` and `<script>x</script>`, not <b>."
    shown = page(Line(text))
    assert "`(select current_setting('a'))`" in page_as_markdown(shown, pack())
    html = page_as_html(shown, pack())
    assert "<code>&lt;script&gt;x&lt;/script&gt;</code>" in html
    assert "<script>" not in html
    assert "not &lt;b&gt;." in html


def test_an_empty_database_is_cleared_of_nothing_that_needs_a_table() -> None:
    keys = Record(
        record_id(RecordKind.INVENTORY, "inventory/keys"),
        RecordKind.INVENTORY,
        "inventory/keys",
        "Keys",
        "there is no table, so no key is declared",
        {"tables": 0, "foreign_keys": 0},
    )
    clean = (negative("indexes/unindexed_foreign_key"), negative("schema/money_as_float"))
    flags = {one.name: one for one in diagnosis(pack(keys, *clean)).red_flags}
    assert [flags[name].raised for name in RED_FLAGS[1:5]] == [Met.UNKNOWN] * 4
    assert all("no table yet" in flags[name].reason.text for name in RED_FLAGS[1:5])


def test_a_table_with_two_faults_of_a_kind_is_weighed_once() -> None:
    def fault(of: str, key: str, size: int) -> Record:
        subject = ObjectRef("constraint", key, "app", of)
        one = finding("indexes/unindexed_foreign_key", Severity.HIGH, name=key, facts={"table_bytes": size})
        return msgspec.structs.replace(one, object=subject)

    records = fault("orders", "a_fk", 3 * 2**20), fault("orders", "b_fk", 3 * 2**20), fault("items", "c_fk", 2**20)
    (written,) = diagnosis(pack(*records)).recommendations
    assert "(3 places), 4.0 MB concerned" in written.impact.text
