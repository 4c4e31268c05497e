"""Validation queries find the rows that break what a migration declares; models say what the table is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pgaudit.audit.standards import usual_standards
from pgaudit.review.asking.differences import validations, way_back
from pgaudit.review.asking.migration import Judged, judged_migration, kind_of, safe_sequence
from pgaudit.review.asking.prisma import model
from pgaudit.review.asking.seeds import NoSeedError, seeds
from pgaudit.review.proposal.prisma_models import models_as_sql
from pgaudit.scanning import report_target
from probes.catalog.catalog import Catalog
from probes.collect.collector import collect
from tests.pgaudit.review.packs import take
from tests.servers import Database

pytestmark = pytest.mark.pg("== 18")

SCHEMA = """
create table owners (id bigint primary key, name text);
create table "odd things" (id bigint primary key, owner_id bigint, "Price" numeric, code text, note text);
insert into owners values (1, 'a');
insert into "odd things" values (1, 1, 5, 'x', 'n'), (2, 7, -5, 'x', null);
"""
MIGRATION = """
alter table "odd things" add constraint things_owner_fk foreign key (owner_id) references owners (id) not valid;
alter table "odd things" add constraint things_price_check check ("Price" > 0) not valid;
alter table "odd things" add constraint things_code_key unique (code);
alter table "odd things" alter column note set not null;
alter table owners add column email text;
alter table owners rename column name to full_name;
create table labels (id bigint primary key, owner_id bigint references owners);
alter table "odd things" drop column id;
"""


def judge(database: Database, folder: Path) -> tuple[Catalog, Judged]:
    file = folder / "0001.sql"
    file.write_text(MIGRATION)
    taken = take(database.dsn)
    by, day = usual_standards(), date(2026, 1, 1)
    return taken.catalog, judged_migration(file, taken.catalog, report_target(taken), by, day)


def test_validation_queries_count_the_rows_that_break_new_rules(database: Database, tmp_path: Path) -> None:
    database.execute(SCHEMA)
    before, judged = judge(database, tmp_path)
    assert judged.run.after is not None
    queries = {one.shows: one for one in validations(before, judged.run.after) if one.before}
    assert {shows.rsplit(maxsplit=1)[-1] for shows in queries} == {
        "things_owner_fk", "things_price_check", "things_code_key", "note",
    }  # fmt: skip
    with database.connect() as connection:

        def counts() -> set[object]:
            found = (connection.execute(one.sql.encode()).fetchone() for one in queries.values())
            return {one[0] for one in found if one}

        assert counts() == {1}
        connection.execute('delete from "odd things" where id = 2')
        assert counts() == {0}


def test_the_way_back_takes_away_what_came_and_names_what_is_lost(database: Database, tmp_path: Path) -> None:
    database.execute(SCHEMA)
    before, judged = judge(database, tmp_path)
    assert judged.run.after is not None
    back = way_back(before, judged.run.after)
    assert back.lost == ("the values of public.odd things.id",)
    for statement in (
        "alter table public.owners drop column email",
        "alter table public.owners rename column full_name to name",
        'alter table public."odd things" alter column note drop not null',
        "drop table public.labels",
    ):
        assert statement in back.sql
    database.execute('delete from "odd things" where id = 2')
    database.execute(MIGRATION)
    database.execute(";\n".join(back.sql))
    columns = [[column.name for column in table.columns] for table in collect(database.connect).catalog.tables]
    assert sorted(columns) == [["id", "name"], ["owner_id", "Price", "code", "note"]]


def test_the_safe_sequence_keeps_what_is_safe_and_rewrites_what_is_not(database: Database, tmp_path: Path) -> None:
    database.execute(SCHEMA)
    _, judged = judge(database, tmp_path)
    written = [one.sql for one in judged.report.statements]
    safe = safe_sequence(judged.report)
    assert written[-2] in safe
    assert written[2] not in safe
    assert any("create unique index concurrently" in one for one in safe)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [("insert into t values (1)", "data"), ("create table t ()", "schema"), ("begin", ""), ("nonsense", "")],
)
def test_a_statement_changes_rows_or_structure_or_neither(sql: str, kind: str) -> None:
    assert kind_of(sql) == kind


COLUMNS = (
    "select column_name, data_type, is_nullable, numeric_precision, numeric_scale, character_maximum_length "
    "from information_schema.columns where table_name = %s order by column_name"
)


def test_a_model_read_back_makes_the_table_again(database: Database) -> None:
    database.execute(
        "create table rows_of_all (tenant_id bigint not null, id uuid not null, short varchar(40), long text not null, "
        "price numeric(12, 2) not null, flag boolean not null default true, doc jsonb, old json, "
        "made_at timestamptz not null default now(), born date, small smallint, ratio double precision, half real, "
        "primary key (tenant_id, id));"
        "create index on rows_of_all (tenant_id, made_at desc)"
    )
    with database.connect() as connection:
        original = connection.execute(COLUMNS, ("rows_of_all",)).fetchall()
        table = collect(database.connect).catalog.relation_named("public", "rows_of_all")
        assert table is not None
        written = model(table)
        assert "@@index([tenantId, madeAt(sort: Desc)]" in written
        connection.execute("drop table rows_of_all")
        connection.execute(models_as_sql(written).encode())
        assert connection.execute(COLUMNS, ("rows_of_all",)).fetchall() == original


def test_sample_rows_fit_the_tables_and_all_they_refer_to(database: Database) -> None:
    database.execute(
        "create type mood as enum ('sad', 'happy');"
        "create table countries (code char(2) primary key check (length(code) = 2));"
        "create table users (id uuid primary key, country char(2) not null references countries, mood mood not null,"
        " state text not null check (state in ('it''s on', 'off')), tags text[] not null);"
        "create table posts (id bigint generated always as identity primary key,"
        " user_id uuid not null references users, parent_id bigint references posts, title varchar(3) not null,"
        " made_at timestamptz not null default now());"
        "create table shapes (id bigint primary key, outline polygon not null)"
    )
    catalog = collect(database.connect).catalog
    posts, shapes = (catalog.relation_named("public", name) for name in ("posts", "shapes"))
    assert posts is not None
    assert shapes is not None
    for statement in seeds(posts):
        database.execute(statement)
    with database.connect() as connection:
        assert connection.execute("select count(*) from posts join users on users.id = user_id").fetchone() == (1,)
    with pytest.raises(NoSeedError, match=r"shapes\.outline"):
        seeds(shapes)
