"""Statements and their safe rewrites, executed side by side: each case in a schema of its own, all in two databases.

The cases are the unsafe examples of the rules' pages whose findings carry a rewrite, and those of `rewrite_cases.py`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial

import psycopg

from migrations_safety.judging import Judging, Verdict
from migrations_safety.rewrites.model import BATCHES, Rewrite
from migrations_safety.rule import Profile
from migrations_safety.rule_index import all_rules
from migrations_safety.rules._judging import blocked_by_work
from migrations_safety.script.model import ScriptText, Statement, Wrapping
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Step, Timeline
from probes.catalog.catalog import Catalog
from probes.collect.collector import Collector
from tests.migrations_safety.examples import NEWEST, examples
from tests.migrations_safety.facts import Fact, facts
from tests.migrations_safety.rewrite_cases import CASES

_PLACES_ITSELF = re.compile(r"\b(?:create schema|create role|create extension|pg_temp|public\.)", re.IGNORECASE)

_UNNAMED = re.compile(r"\A(create domain (\w+) as (?:(?!constraint)[^(])+)check", re.IGNORECASE)
"""PostgreSQL 13.23 now and then stores freed memory as the name that it makes up for such a constraint."""


@dataclass(frozen=True, slots=True)
class Case:
    """A statement that a rule rewrites, and what stands before it."""

    rule: str
    given: str
    script: str
    first_major: int = 13
    last_major: int = NEWEST

    @property
    def name(self) -> str:
        """How it is called where something is wrong."""
        return f"{self.rule}: {' '.join(self.script.split())}"


@dataclass(slots=True)
class Run:
    """A case on a server."""

    case: Case
    schema: str
    before: list[str] = field(default_factory=list[str])
    original: str = ""
    after: list[str] = field(default_factory=list[str])
    rewrite: Rewrite | None = None


@cache
def cases() -> tuple[Case, ...]:
    """Give every case."""
    found = [Case(*row) for row in CASES]
    found += [
        Case(rule.id, example.given, example.sql)
        for rule in all_rules()
        for example in examples(rule)
        if example.unsafe and True in example.catalogs and example.wrapping is Wrapping.PER_STATEMENT
    ]
    return tuple(
        one for one in found if not _PLACES_ITSELF.search(one.given + one.script) and "-- file" not in one.script
    )


def statements(sql: str) -> list[Statement]:
    """Give the statements of a script."""
    return list(read_script([ScriptText(file="a.sql", content=sql.encode())]))


# ---- setting up


def set_up(dsn: str, runs: Iterable[Run]) -> list[Run]:
    """Make the schema of each case and what stands in it; give those whose syntax the server has."""
    made: list[Run] = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        for run in runs:
            connection.execute(f"create schema {run.schema}".encode())
            connection.execute(f"set search_path = {run.schema}".encode())
            try:
                for statement in statements(run.case.given):
                    connection.execute(_UNNAMED.sub(r"\1constraint \2_check check", statement.sql).encode())
            except psycopg.Error:
                connection.execute(f"drop schema {run.schema} cascade".encode())
                continue
            made.append(run)
    return made


def collected(dsn: str) -> Catalog:
    """Give the catalog of a database as the gate collects it."""
    return Collector(partial(psycopg.connect, dsn, autocommit=True)).collect(dictionaries=True).catalog


def planned(run: Run, catalog: Catalog, major: int) -> Run | None:
    """Give the run with its rewrite; None where the rule has none to offer."""
    verdict = _verdict(run, catalog, major)
    if verdict is None:
        return None
    found = statements(run.case.script)
    index = verdict.step.index - 1
    return Run(
        run.case,
        run.schema,
        [one.sql for one in found[:index]],
        found[index].sql,
        [one.sql for one in found[index + 1 :]],
        verdict.flag.rewrite,
    )


def _verdict(run: Run, catalog: Catalog, major: int) -> Verdict | None:
    judging, timeline = Judging(Profile.PEDANTIC), Timeline(catalog, major)
    for step in steps_of(run.schema, run.case.script, timeline):
        with timeline.before():
            said = judging.judge(step)
        for one in said:
            can_be_run = not (one.step.in_block or one.step.effects.is_refused)
            rewrite = one.flag.rewrite
            if one.rule.id == run.case.rule and rewrite is not None and rewrite.is_complete and can_be_run:
                return one
    return None


def steps_of(schema: str, script: str, timeline: Timeline) -> Iterator[Step]:
    """Give the steps of a script in a schema."""
    return timeline.steps(statements(f"set search_path = {schema};\n{script}"))


# ---- executing


def execute(dsn: str, run: Run, script: Iterable[str]) -> str | None:
    """Run statements in the schema of a case; give the server's words where it refuses one."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"set search_path = {run.schema}".encode())
        try:
            for sql in script:
                _execute(connection, sql)
        except psycopg.Error as error:
            return f"{sql}: {error}"
        finally:
            connection.rollback()  # what a script that stops in a transaction has not committed
    return None


def _execute(connection: psycopg.Connection, sql: str) -> None:
    connection.execute(sql.encode())


_WORKING = re.compile(r'^(?:rewriting|verifying) table "([^"]+)"|^building index "[^"]+" on table "([^"]+)"')
_BLOCKING = """
select locked.relation::regclass::text
from pg_locks as locked
where locked.pid = pg_backend_pid() and locked.locktype = 'relation' and locked.relation >= 16384
    and locked.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
_READ = b"select relid::regclass::text, seq_tup_read from pg_stat_xact_user_tables where seq_tup_read > 0"
_TABLES = b"select oid::regclass::text from pg_class where relkind in ('r', 'p', 'm')"


def measured(dsn: str, run: Run) -> list[str]:
    """Run the rewrite, and say which tables the server locked against others while it worked through them."""
    assert run.rewrite is not None
    found: list[str] = []
    working: set[str] = set()

    def take(notice: psycopg.errors.Diagnostic) -> None:
        said = _WORKING.match(notice.message_primary or "")
        if said:
            working.add(said[1] or said[2])

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"set search_path = {run.schema}".encode())
        for sql in run.before:
            connection.execute(sql.encode())
        used = {name for (name,) in connection.execute(_TABLES)}
        connection.add_notice_handler(take)
        connection.execute("set client_min_messages = debug1")
        for group in groups(run.rewrite.lines()):
            working.clear()
            if len(group) == 1 and ("concurrently" in group[0].lower() or group[0].startswith((BATCHES, "set "))):
                _execute(connection, group[0])
                continue
            connection.execute("begin")
            earlier = set(connection.execute(_READ))  # counters stay until they are sent, which is not at once
            for sql in group:
                connection.execute(sql.encode())
            working.update(name for name, _ in set(connection.execute(_READ)) - earlier)
            blocked = {name for (name,) in connection.execute(_BLOCKING.encode())}
            connection.execute("commit")
            found += [f"{group}: {name} is locked and worked through" for name in sorted(blocked & working & used)]
    return found


def groups(lines: Iterable[str]) -> Iterator[list[str]]:
    """Give the statements that commit together, without `begin` and `commit`."""
    group: list[str] | None = None
    for line in lines:
        if line == "begin":
            group = []
        elif line == "commit":
            yield group or []
            group = None
        elif group is None:
            yield [line]
        else:
            group.append(line)


def differences(left: set[Fact], right: set[Fact], schema: str) -> list[str]:
    """Give what differs between two catalogs in the schema of a case."""
    word = re.compile(rf"\b{schema}\b")
    return sorted(
        f"{sign} {fact}"
        for sign, some in (("-", left - right), ("+", right - left))
        for fact in some
        if word.search(str(fact))
    )


def facts_of(dsn: str) -> set[Fact]:
    """Give the facts of a database."""
    return facts(collected(dsn))


def values(dsn: str, run: Run) -> list[tuple[str, str]]:
    """Give every row of every table of a case, its columns by name, in whatever order they stand."""
    tables = "select relname from pg_class where relkind in ('r', 'p') and relnamespace = %s::regnamespace order by 1"
    with psycopg.connect(dsn, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(tables, (run.schema,)).fetchall()]
        rows = {
            name: connection.execute(f'select to_jsonb(t)::text from {run.schema}."{name}" as t'.encode()).fetchall()
            for name in names
        }
    return sorted((name, row) for name, found in rows.items() for (row,) in found)


def numbers(dsn: str, run: Run) -> list[tuple[object, ...]]:
    """Give how far each sequence of a case is."""
    sequences = "select relname from pg_class where relkind = 'S' and relnamespace = %s::regnamespace order by 1"
    with psycopg.connect(dsn, autocommit=True) as connection:
        names = [name for (name,) in connection.execute(sequences, (run.schema,)).fetchall()]
        asked = (f'select last_value, is_called from {run.schema}."{name}"' for name in names)
        return [(name, *connection.execute(sql.encode()).fetchall()) for name, sql in zip(names, asked, strict=True)]


# ---- predicting


def blocked(run: Run, catalog: Catalog, major: int) -> list[str]:
    """Say which statements of the rewrite keep others waiting during work, also behind an earlier lock."""
    assert run.rewrite is not None
    script = ";\n".join([*run.before, *run.rewrite.lines()])
    found: list[str] = []
    for step in steps_of(run.schema, script + "\n", Timeline(catalog, major)):
        if step.index <= len(run.before):
            continue
        works = any(not one.is_empty for one in (*step.effects.rewrites, *step.effects.scans))
        behind = [held.lock for held in step.held if held.lock.mode.blocks_writes] if works else []
        locks = [*(one.lock for one in blocked_by_work(step)), *behind]
        found += [f"{step.statement.sql}: {lock.mode.value} on {lock.relation.qualified_name}" for lock in locks]
        if step.effects.is_refused:
            found.append(f"{step.statement.sql}: refused: {step.effects.refusal}")
    return found


def fresh_runs(major: int) -> list[Run]:
    """Give the cases of a major, each with its schema."""
    some = [case for case in cases() if case.first_major <= major <= case.last_major]
    return [Run(case, f"case_{number}") for number, case in enumerate(some)]
