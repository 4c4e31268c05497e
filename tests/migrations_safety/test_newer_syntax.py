"""What is called newer than a server, that server refuses; and the first that is said to have it takes it."""

import psycopg
import pytest

from migrations_safety.judging import Judging
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from tests.conftest import ServerPool
from tests.servers import fresh_database

SCHEMA = """
create table t (a int primary key, b text, c int constraint c_positive check (c > 0));
create table g (a int, b int generated always as (a) stored);
create table k (a int, b int, primary key (a, b));
create table p (a int) partition by range (a);
create table q partition of p for values from (1) to (2);
create function f() returns trigger language plpgsql as 'begin return new; end';
"""
FORMS = (
    (14, "alter table t alter column b set compression pglz"),
    (14, "create table x (a text compression pglz)"),
    (14, "alter table p detach partition q concurrently"),
    (14, "create or replace trigger r before insert on t for each row execute function f()"),
    (14, "create function h() returns int language sql return 1"),
    (14, "vacuum (process_toast false) t"),
    (14, "reindex (tablespace pg_default) table t"),
    (15, "alter table t set access method heap"),
    (15, "create unique index on t (c) nulls not distinct"),
    (15, "alter table t add unique nulls not distinct (c)"),
    (15, "merge into t using k on t.a = k.a when matched then do nothing"),
    (15, "create view v with (security_invoker = true) as select 1 as one"),
    (15, "create publication o for table t where (a > 1)"),
    (15, "create publication o for tables in schema public"),
    (15, "create table x (a int, b int, foreign key (a, b) references k on delete set null (a))"),
    (16, "vacuum (process_main false) t"),
    (16, "create statistics on a, c from t"),
    (16, "create table x (a text storage external)"),
    (17, "alter table g alter column b set expression as (a + 1)"),
    (17, "grant maintain on t to public"),
    (17, "merge into t using k on t.a = k.a when not matched by source then delete"),
    (17, "merge into t using k on t.a = k.a when matched then do nothing returning t.a"),
    (18, "create table x (a int, b int generated always as (a) virtual)"),
    (18, "alter table t add constraint n not null b"),
    (18, "create table x (a int, constraint n not null a)"),
    (18, "alter table t add constraint n check (c > 1) not enforced"),
    (18, "create table x (w int4range, v int4range, unique (w, v without overlaps))"),
)
NOT_KNOWN = {"42601", "22023", "42703"}
"""Syntax errors, unknown options, unknown privileges."""


def says(sql: str, major: int) -> list[str]:
    judging = Judging()
    timeline = Timeline(None, major)
    found = []
    for step in timeline.steps(read_script([ScriptText(file="a.sql", content=sql.encode())])):
        with timeline.before():
            found += judging.judge(step)
    assert not judging.failed
    return [one.flag.message for one in found if one.rule.id == "syntax-newer-than-server"]


def refusal(connection: psycopg.Connection, sql: str) -> str | None:
    """The SQLSTATE with which the server answers, leaving nothing behind where it can be undone."""
    is_apart = sql.startswith("vacuum") or "concurrently" in sql
    try:
        connection.execute("select 1" if is_apart else "begin")
        connection.execute(sql.encode())
    except psycopg.Error as error:
        return error.sqlstate
    finally:
        connection.execute("rollback")
    return None


@pytest.mark.pg
@pytest.mark.parametrize("major", range(13, 19))
def test_each_major_refuses_what_came_later_and_takes_what_it_has(server_pool: ServerPool, major: int) -> None:
    with fresh_database(server_pool.get(major)) as database:
        database.execute(SCHEMA)
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            for since, sql in FORMS:
                answer = refusal(connection, sql)
                assert (answer in NOT_KNOWN) == (major < since), (sql, answer)
                assert bool(says(sql, major)) == (major < since), sql
