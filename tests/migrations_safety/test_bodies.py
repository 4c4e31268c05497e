"""What code does that a statement runs: certain outside of branches, conditional inside, shown taken and not."""

from collections.abc import Iterator

import pytest

from migrations_safety.effects import Always, Conditional, Effects, Reason
from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.catalog.rows import PgAttribute, PgClass
from probes.sql.parse import ParseFailure, parse_statement, parse_text
from tests.migrations_safety.oracle import MAJORS, load_worlds
from tests.migrations_safety.oracle.inside import Session, measure_inside
from tests.migrations_safety.oracle.model import STRENGTH
from tests.migrations_safety.worlds import catalogs
from tests.servers import Database

BRANCH = "do $$ begin if exists (select from p where id {}) then lock table t in exclusive mode; end if; end $$"
TRIGGERED = """
create function audit() returns trigger language plpgsql as $$ begin
    if new.a > 0 then insert into p values (new.id + 1000000, null, 'x'); end if;
    return new;
end $$;
create trigger audited before insert on t for each row execute function audit()
"""


def world_with(major: int, script: str = "") -> World:
    world = World(catalogs(major, ["rows"])["rows"], major)
    parsed = parse_text(script)
    assert not isinstance(parsed, ParseFailure)
    for statement in parsed:
        apply(world, statement)
    return world


def effects_of(statement: str, world: World) -> Effects:
    parsed = parse_statement(statement)
    assert not isinstance(parsed, ParseFailure)
    return apply(world, parsed)


def modes(found: Effects, when: type) -> dict[str, str]:
    return {lock.relation.qualified_name: lock.mode.value for lock in found.locks if isinstance(lock.when, when)}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    database.execute(load_worlds()["rows"].sql)
    opened = Session(database.dsn)
    yield opened
    opened.close()


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize(("condition", "taken"), [("> 0", True), ("< 0", False)])
def test_a_branch_is_conditional_and_is_taken_or_not(
    session: Session, pg_major: int, condition: str, *, taken: bool
) -> None:
    statement = BRANCH.format(condition)
    found = effects_of(statement, world_with(pg_major))
    held = measure_inside(session, [statement]).strongest()
    assert modes(found, Conditional)["public.t"] == "EXCLUSIVE"
    assert modes(found, Always)["public.p"] == "ACCESS SHARE"
    assert held["public.p"] == "ACCESS SHARE"
    assert (held.get("public.t") == "EXCLUSIVE") == taken


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize(("value", "taken"), [(1, True), (-1, False)])
def test_a_trigger_that_inserts_elsewhere_locks_there_when_it_does(
    session: Session, database: Database, pg_major: int, value: int, *, taken: bool
) -> None:
    database.execute(TRIGGERED)
    statement = f"insert into t (id, a) values (70000, {value})"
    found = effects_of(statement, world_with(pg_major, TRIGGERED))
    held = measure_inside(session, [statement]).strongest()
    possible = modes(found, Conditional)
    assert possible["public.p"] == "ROW EXCLUSIVE"
    assert ("public.p" in held) == taken
    assert all(
        STRENGTH[mode] <= STRENGTH[possible.get(name, modes(found, Always).get(name, ""))]
        for name, mode in held.items()
    )


@pytest.mark.parametrize("major", [MAJORS[-1]])
def test_statements_of_a_block_change_the_catalog(major: int) -> None:
    world = world_with(major)
    found = effects_of("do $$ begin alter table t add column z int; alter table t drop column b; end $$", world)
    table = world.where(PgClass, "name", "t")[0]
    names = {column.name for column in world.where(PgAttribute, "relation", table.oid)}
    assert modes(found, Always)["public.t"] == "ACCESS EXCLUSIVE"
    assert "z" in names
    assert "b" not in names


@pytest.mark.parametrize("major", [MAJORS[-1]])
def test_a_branch_leaves_the_catalog_as_it_was(major: int) -> None:
    world = world_with(major)
    effects_of("do $$ begin if random() > 0.5 then drop table p; end if; end $$", world)
    assert world.where(PgClass, "name", "p")


@pytest.mark.parametrize("major", [MAJORS[-1]])
def test_text_put_together_at_run_time_is_opaque(major: int) -> None:
    found = effects_of("do $$ declare x text := 't'; begin execute 'lock table ' || x; end $$", world_with(major))
    assert found.opaque is not None


@pytest.mark.parametrize("major", [MAJORS[-1]])
def test_an_event_trigger_is_a_conditional_reason(major: int) -> None:
    script = """
    create function watch() returns event_trigger language plpgsql as $$ begin perform count(*) from p; end $$;
    create event trigger watching on ddl_command_end execute function watch()
    """
    found = effects_of("alter table t add column z int", world_with(major, script))
    reasons = {lock.when.reason for lock in found.locks if isinstance(lock.when, Conditional)}
    assert reasons == {Reason.EVENT_TRIGGER}
    assert "public.p" in modes(found, Conditional)


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize(
    "definition",
    [
        "f(x int) returns int language plpgsql as $$ begin x := x + 1; perform count(*) from p; return x; end $$",
        "f(x int) returns setof int language plpgsql as $$ begin return next x; perform count(*) from p; end $$",
        "f(x int, out y int) language plpgsql as $$ begin y := x; perform count(*) from p; end $$",
        "f(x int) returns table (y int) language plpgsql as $$ begin return query select id from p; end $$",
        "f(x int) returns void language plpgsql as $$ begin perform count(*) from p; return; end $$",
        "f(x int) returns bigint language sql as 'select count(*) from p where id > x'",
    ],
)
def test_a_function_that_a_query_calls_is_looked_into(session: Session, pg_major: int, definition: str) -> None:
    create = f"create function {definition}"
    found = effects_of("select * from f(1)", world_with(pg_major, create))
    held = measure_inside(session, [create, "select * from f(1)"]).strongest()
    assert held["public.p"] == "ACCESS SHARE"
    assert modes(found, Conditional)["public.p"] == "ACCESS SHARE"
    assert found.opaque is None


@pytest.mark.parametrize("major", [MAJORS[-1]])
def test_triggers_that_fire_each_other_end_as_opaque(major: int) -> None:
    script = """
    create function again() returns trigger language plpgsql as
        $$ begin insert into t (id) values (new.id + 1); return new; end $$;
    create trigger again after insert on t for each row execute function again()
    """
    found = effects_of("insert into t (id) values (70000)", world_with(major, script))
    assert found.opaque is not None
