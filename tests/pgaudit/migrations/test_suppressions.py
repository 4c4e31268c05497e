"""Comments that accept findings of the gate: with a reason, for a time, and never forgotten."""

from datetime import date

import pytest

from migrations_safety.rule import Profile
from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import GateRun, gate_scripts
from pgaudit.reports.gate_contract import GateFinding

TODAY = date(2026, 6, 1)
RULE = "index-not-concurrent"
INDEX = "set lock_timeout = '2s';\n{comment}\ncreate index on orders (customer_id);\n"


def gate(sql: str, *, profile: Profile = Profile.DEFAULT) -> GateRun:
    texts = [ScriptText(file="1.sql", content=sql.encode())]
    return gate_scripts(texts, None, 18, today=TODAY, profile=profile)


def said(run: GateRun, rule: str) -> list[GateFinding]:
    return [finding for finding in run.findings if finding.rule == rule]


def test_a_finding_is_accepted_for_the_statement_below_the_comment_and_no_other() -> None:
    comment = f"-- pgaudit: ignore[{RULE}] nobody works at night"
    run = gate(INDEX.format(comment=comment) + "create index on orders (total);\n")
    assert [finding.suppressed is not None for finding in said(run, RULE)] == [True, False]
    accepted = said(run, RULE)[0].suppressed
    assert accepted is not None
    assert accepted.reason == "nobody works at night"
    assert not said(run, "unused-suppression")


def test_a_finding_is_accepted_in_the_whole_file() -> None:
    run = gate(f"-- pgaudit: ignore-file[{RULE}] first deploy\n" + INDEX.format(comment="") * 2)
    assert len(said(run, RULE)) == 2
    assert all(finding.suppressed for finding in said(run, RULE))


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        (f"-- pgaudit: ignore[{RULE}]", "needs a reason"),
        (f"-- pgaudit: ignore[{RULE}] at night until 2026-05-31", "expired on 2026-05-31"),
        ("-- pgaudit: ignore[no-such-rule] at night", "there is no rule no-such-rule"),
        ("-- pgaudit: ignore[drop-column] at night", "drop-column says nothing on this statement"),
    ],
)
def test_a_comment_that_silences_nothing_is_reported_on_its_line(comment: str, words: str) -> None:
    run = gate(INDEX.format(comment=comment))
    assert [finding.suppressed for finding in said(run, RULE)] == [None]
    (idle,) = said(run, "unused-suppression")
    assert words in idle.message
    assert idle.line == 2


def test_a_comment_holds_to_the_end_of_its_day() -> None:
    run = gate(INDEX.format(comment=f"-- pgaudit: ignore[{RULE}] at night until 2026-06-01"))
    assert [finding.suppressed is not None for finding in said(run, RULE)] == [True]


def test_a_comment_for_a_rule_that_was_not_asked_is_left_alone() -> None:
    comment = "-- pgaudit: ignore[require-index-name] the name does not matter"
    assert not said(gate(INDEX.format(comment=comment)), "unused-suppression")


def test_a_comment_of_squawk_silences_the_rules_that_stand_for_its_own() -> None:
    run = gate(INDEX.format(comment="-- squawk-ignore require-concurrent-index-creation"))
    assert [finding.suppressed is not None for finding in said(run, RULE)] == [True]
    other = gate(INDEX.format(comment="-- squawk-ignore ban-drop-column"))
    assert [finding.suppressed for finding in said(other, RULE)] == [None]
    assert not said(other, "unused-suppression")


def test_a_comment_in_a_do_block_speaks_of_the_statement_below_it() -> None:
    body = f"begin\n  -- pgaudit: ignore[{RULE}] at night\n  create index on orders (customer_id);\n"
    run = gate(f"set lock_timeout = '2s';\ndo $$\n{body}  create index on orders (total);\nend $$;\n")
    assert [(finding.line, finding.suppressed is not None) for finding in said(run, RULE)] == [(5, True), (6, False)]
    assert not said(run, "unused-suppression")
