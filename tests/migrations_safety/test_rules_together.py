"""All rules over scripts put together from every page's examples, in an order that nobody thought of: none breaks."""

import random

import pytest

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.judging import Judging
from migrations_safety.rule import Profile
from migrations_safety.rule_index import all_rules
from migrations_safety.script.model import ScriptText, Wrapping
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from tests.migrations_safety.examples import examples

PIECES = sorted({sql for rule in all_rules() for one in examples(rule) for sql in (one.sql, one.given) if sql})
PIECES_A_SCRIPT = 12


@pytest.mark.parametrize("major", [13, 18])
@pytest.mark.parametrize("with_catalog", [True, False])
def test_no_rule_breaks_on_a_mixture_of_all_examples(major: int, *, with_catalog: bool) -> None:
    chance = random.Random(major)  # noqa: S311 -- the same mixtures every time
    pieces = list(PIECES)
    chance.shuffle(pieces)
    for start in range(0, len(pieces), PIECES_A_SCRIPT):
        sql = "\n".join(pieces[start : start + PIECES_A_SCRIPT])
        text = ScriptText(file="a.sql", content=sql.encode(), wrapping=chance.choice(list(Wrapping)))
        timeline = Timeline(builtin_catalog(major) if with_catalog else None, major)
        judging, last = Judging(Profile.PEDANTIC), None
        for step in timeline.steps(read_script([text])):
            assert "pgaudit broke" not in (step.effects.opaque or ""), step.statement.sql
            with timeline.before():
                judging.judge(step)
            last = step
        list(judging.judge_script(last))
        assert not judging.failed, sql
