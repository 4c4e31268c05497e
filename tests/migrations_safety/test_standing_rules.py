"""A rule that stands for checks says without a database what they say with one, and is silent there."""

from datetime import date

import pytest

from migrations_safety.rule import Rule
from migrations_safety.rule_index import all_rules
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from pgaudit.audit.standards import Standards
from pgaudit.migrations.leaves import introduced_and_resolved
from probes.check import built_in_checks
from tests.migrations_safety.examples import Example, examples, given_catalog, texts_of, verdicts

RULES = [rule for rule in all_rules() if rule.checks]


def introduced(example: Example) -> set[str] | None:
    """The checks that the gate names as introduced; None where the server refuses the example."""
    before = given_catalog(example.given, example.major)
    timeline = Timeline(before, example.major)
    if any(step.effects.is_refused for step in timeline.steps(read_script(texts_of(example)))):
        return None
    found, _ = introduced_and_resolved(before, timeline.catalog(), Standards(built_in_checks()), date(2026, 1, 1))
    return {one.check for one in found}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_where_there_is_a_database_its_checks_find_the_same(rule: Rule) -> None:
    told = [(example, introduced(example)) for example in examples(rule)]
    unsafe = [checks for example, checks in told if example.unsafe and checks is not None]
    safe = [checks for example, checks in told if not example.unsafe and checks is not None]
    assert unsafe
    assert all(checks & set(rule.checks) for checks in unsafe)
    assert not any(checks & set(rule.checks) for checks in safe)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_where_there_is_a_database_it_is_silent(rule: Rule) -> None:
    for example in (one for one in examples(rule) if introduced(one) is not None):
        assert rule.id not in {one.rule.id for one in verdicts(example, with_catalog=True)}


def test_the_checks_that_rules_stand_for_exist() -> None:
    known = {check.id for check in built_in_checks()}
    assert {check for rule in RULES for check in rule.checks} <= known
