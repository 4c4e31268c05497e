"""What stands in a branch of a DO block may have happened: nothing is called missing, or in the way, because of it."""

import pytest

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.judging import Judging
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline

NEWEST = 18
IN_A_BRANCH = "do $$ begin if not exists (select from pg_class) then {}; end if; end $$;"


def refusals(sql: str) -> list[str]:
    judging, timeline = Judging(), Timeline(builtin_catalog(NEWEST), NEWEST)
    found = []
    for step in timeline.steps(read_script([ScriptText(file="a.sql", content=sql.encode())])):
        with timeline.before():
            found += judging.judge(step)
    assert not judging.failed
    return [one.flag.message for one in found if one.rule.id == "refused-by-server"]


@pytest.mark.parametrize(
    ("branch", "after"),
    [
        ("create table notes (id int)", "alter table notes add column a int"),
        ("alter table t add column a int", "alter table t alter column a set not null"),
        ("create type mood as enum ('a')", "alter table t add column b mood"),
        ("drop table t", "create table t (id int)"),
        ("alter table t add constraint positive check (id > 0)", "alter table t validate constraint positive"),
    ],
)
def test_what_a_branch_makes_or_drops_is_not_called_missing_or_in_the_way(branch: str, after: str) -> None:
    made = "create table t (id int); "
    assert refusals(made + after)
    assert not refusals(made + IN_A_BRANCH.format(branch) + after)


def test_what_no_branch_names_is_still_missing() -> None:
    assert refusals(IN_A_BRANCH.format("create table notes (id int)") + "alter table readers add column a int")


@pytest.mark.parametrize(
    ("block", "after"),
    [
        ("execute 'create table ' || 'notes (id int)'", "alter table notes add column a int"),
        (
            "for i in 1..3 loop execute format('create table part_%s (id int)', i); end loop",
            "alter table part_1 add column a int",
        ),
        (
            "perform 1; execute format('create role %I', coalesce('auditor', 'nobody'))",
            "create table t (id int); alter table t owner to auditor",
        ),
    ],
)
def test_what_execute_may_have_made_is_not_called_missing(block: str, after: str) -> None:
    built = f"do $$ begin {block}; end $$; "
    assert refusals(after)
    assert not refusals(built + after)
    assert refusals(built + "alter table readers add column a int")
