"""Safe rewrites on real servers: the same end as the statement they replace, and nobody kept waiting during work."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

import pytest

from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import gate_scripts
from tests.migrations_safety import rewriting
from tests.migrations_safety.facts import Fact
from tests.migrations_safety.key_cases import KEY_CASES
from tests.migrations_safety.rewriting import Case, Run
from tests.servers import Server, fresh_database

LEAST_REWRITES = 60
KEEPING = {"add-column-generated-stored", "add-column-constrained-domain", "alter-type-rewrite", "unbatched-backfill"}
ALIKE = {Case(*row) for number, row in enumerate(KEY_CASES) if number != 1}
"""Long sequences that are alike: each stop takes a database, and one of them has all their parts."""


def planned_on(server: Server) -> list[Run]:
    """Give the cases of a server with their rewrites."""
    with fresh_database(server) as database:
        runs = rewriting.set_up(database.dsn, rewriting.fresh_runs(server.major))
        catalog = rewriting.collected(database.dsn)
        return [found for run in runs if (found := rewriting.planned(run, catalog, server.major))]


def rewritten(run: Run) -> list[str]:
    assert run.rewrite is not None
    return [*run.before, *run.rewrite.lines(), *run.after]


@pytest.mark.pg
def test_every_rewrite_ends_where_its_statement_ends_and_blocks_nobody_during_work(server: Server) -> None:
    wrong: dict[str, list[str]] = defaultdict(list)
    with fresh_database(server) as plain, fresh_database(server) as safe:
        runs = rewriting.set_up(plain.dsn, rewriting.fresh_runs(server.major))
        rewriting.set_up(safe.dsn, runs)
        before = rewriting.collected(safe.dsn)
        planned = [found for run in runs if (found := rewriting.planned(run, before, server.major))]
        executed: list[Run] = []
        for run in planned:
            wrong[run.case.name] += rewriting.blocked(run, before, server.major)
            if rewriting.execute(plain.dsn, run, [*run.before, run.original, *run.after]) is None:
                executed.append(run)
                refused = rewriting.execute(safe.dsn, run, rewritten(run))
                wrong[run.case.name] += [refused] if refused else []
        left, right = rewriting.facts_of(plain.dsn), rewriting.facts_of(safe.dsn)
        for run in executed:
            assert run.rewrite is not None
            if run.rewrite.differs is None or run.after:  # where the rest of the script makes both the same
                wrong[run.case.name] += rewriting.differences(left, right, run.schema)
    assert {name: found for name, found in wrong.items() if found} == {}
    assert len(executed) >= LEAST_REWRITES


@pytest.mark.pg("== 18")
def test_no_server_keeps_others_waiting_while_a_rewrite_works(server: Server) -> None:
    planned = planned_on(server)
    with fresh_database(server) as database:
        rewriting.set_up(database.dsn, planned)
        wrong = {run.case.name: rewriting.measured(database.dsn, run) for run in planned}
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.pg(">= 17")
def test_a_rewrite_that_stops_anywhere_leaves_no_trace_after_its_rollback(server: Server) -> None:
    planned = [run for run in planned_on(server) if run.rewrite and run.rewrite.rollback and run.case not in ALIKE]
    assert len(planned) >= LEAST_REWRITES // 2
    before = facts_after(server, planned, lambda run: run.before)
    after = facts_after(server, planned, lambda run: [*run.before, run.original])
    wrong: dict[str, list[str]] = defaultdict(list)
    for count in range(1, max(len(run.rewrite.lines()) for run in planned if run.rewrite)):
        some = [run for run in planned if run.rewrite and len(run.rewrite.lines()) > count]
        with fresh_database(server) as database:
            rewriting.set_up(database.dsn, some)
            for run in some:
                wrong[run.case.name] += stopped(database.dsn, run, count)
            there = rewriting.facts_of(database.dsn)
        for run in some:
            found = rewriting.differences(before, there, run.schema)
            if found and rewriting.differences(after, there, run.schema):
                wrong[run.case.name] += [f"after {count}: {one}" for one in found]
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.pg(">= 14, < 16")
def test_rows_hold_the_same_values_after_a_rewrite_that_moves_or_keeps_them(server: Server) -> None:
    planned = [run for run in planned_on(server) if run.case.rule in KEEPING]
    assert {run.case.rule for run in planned} == KEEPING
    with fresh_database(server) as plain, fresh_database(server) as safe:
        for run in rewriting.set_up(plain.dsn, planned):
            assert rewriting.execute(plain.dsn, run, [*run.before, run.original, *run.after]) is None
        for run in rewriting.set_up(safe.dsn, planned):
            assert rewriting.execute(safe.dsn, run, rewritten(run)) is None
        for run in planned:
            assert rewriting.values(safe.dsn, run) == rewriting.values(plain.dsn, run), run.case.name
            assert rewriting.numbers(safe.dsn, run) == rewriting.numbers(plain.dsn, run), run.case.name


@pytest.mark.pg(">= 18")
def test_without_a_catalog_a_column_of_a_table_that_the_script_made_is_exchanged_too(server: Server) -> None:
    made = "create table items (id serial primary key, code text not null);\ncreate index on items (code);\n"
    texts = [
        ScriptText(file=name, content=sql.encode())
        for name, sql in (("1.sql", made), ("2.sql", "alter table items alter code type varchar(50);"))
    ]
    found = [one for one in gate_scripts(texts, None, 18, today=date(2026, 6, 1)).findings if one.safe_rewrite]
    (rewrite,) = (one.safe_rewrite for one in found if one.rule == "alter-type-rewrite")
    with fresh_database(server) as database, fresh_database(server) as other:
        database.execute(f"{made}insert into items (code) values ('a'), ('b')")
        other.execute(
            f"{made}insert into items (code) values ('a'), ('b'); alter table items alter code type varchar(50)"
        )
        with database.connect() as connection:
            for line in rewrite or ():
                connection.execute(line.encode())
            assert connection.execute("select code from items order by id").fetchall() == [("a",), ("b",)]
        assert rewriting.facts_of(database.dsn) == rewriting.facts_of(other.dsn)


@pytest.mark.pg(">= 17")
def test_a_trigger_keeps_what_a_generated_column_would_hold(server: Server) -> None:
    run = next(run for run in planned_on(server) if run.case.rule == "add-column-generated-stored")
    with fresh_database(server) as database:
        rewriting.set_up(database.dsn, [run])
        assert rewriting.execute(database.dsn, run, [*rewritten(run), "update orders set total = 1000"]) is None
        with database.connect() as connection:
            rows = connection.execute(f'select distinct "G g" from {run.schema}.orders'.encode()).fetchall()
    assert rows == [(2000,)]


def facts_after(server: Server, runs: list[Run], script: Callable[[Run], list[str]]) -> set[Fact]:
    """Give the facts of a database after a script of each case."""
    with fresh_database(server) as database:
        for run in rewriting.set_up(database.dsn, runs):
            rewriting.execute(database.dsn, run, script(run))
        return rewriting.facts_of(database.dsn)


def stopped(dsn: str, run: Run, count: int) -> list[str]:
    """Run some lines of a rewrite and then its rollback; give what the server refuses of that."""
    assert run.rewrite is not None
    rewriting.execute(dsn, run, [*run.before, *run.rewrite.lines()[:count]])
    refused = rewriting.execute(dsn, run, run.rewrite.rollback)
    return [f"after {count}: {refused}"] if refused else []
