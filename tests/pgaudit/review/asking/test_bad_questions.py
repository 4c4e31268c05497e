"""What cannot be asked is told in one line, with the documented exit code; hostile names are data in every form."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pglast import fingerprint, parse_sql

from pgaudit.errors import BadConfiguration
from pgaudit.review.asking.answer import from_json
from pgaudit.review.asking.page import form_of
from pgaudit.review.asking.prisma import field_name, model_name
from pgaudit.review.asking.sql_layout import laid_out
from pgaudit.review.evidence.records import Badge
from tests.conftest import ServerPool, skipped_without_server
from tests.pgaudit.cli.running import ROOT, Ran, environment, pgaudit
from tests.servers import Database, PrivateCluster, Server, fresh_database, private_cluster

NOWHERE = "postgresql://127.0.0.1:1/none"
HOSTILE = ('"; drop table users; --', "<script>alert(1)</script>", "👩‍🌾 a|b `c`\n# d")


@pytest.fixture(scope="module")
def shop(server_pool: ServerPool) -> Iterator[Database]:
    with skipped_without_server(), fresh_database(server_pool.get(18)) as database:
        database.execute(
            "create schema a; create schema b; create table a.orders (id bigint primary key);"
            "create table b.orders (id bigint primary key); create table a.customers (id bigint primary key);"
            "create view a.seen as select 1 as one"
        )
        yield database


def ask(*arguments: str) -> Ran:
    return pgaudit("ask", *arguments, "--isolated", "--no-shadow")


def test_a_table_that_is_not_there_is_a_usage_error_that_names_those_that_are_alike(shop: Database) -> None:
    for entity, says in (
        ("costumers", "did you mean a.customers?"),
        ("orders", "orders is in several schemas: write one of a.orders, b.orders"),
        ("a.seen", "no table is called a.seen"),
        ("🦄", "no table is called 🦄: name a table of the database"),
        ("c.orders", "no table is called c.orders"),
    ):
        ran = ask("schema-design", "--entity", entity, shop.dsn)
        assert (ran.code, len(ran.error_lines), says in ran.err) == (2, 1, True), ran.err


def test_a_database_without_statement_statistics_cannot_be_asked_about_queries(shop: Database) -> None:
    ran = ask("query", "--queryid", "1", shop.dsn)
    assert ran.code == 3
    happened = f"no query of {shop.name} can be answered about: pg_stat_statements is not installed in this database"
    assert ran.error_lines == [f"pgaudit: {happened}: CREATE EXTENSION pg_stat_statements"]


def test_a_migration_that_cannot_be_read_is_a_usage_error_on_its_line(shop: Database, tmp_path: Path) -> None:
    broken, empty = tmp_path / "broken.sql", tmp_path / "empty.sql"
    broken.write_text("create table t (id bigint);\n\nalter tabel t add column c int;\n")
    empty.write_text("-- nothing yet\n")
    for path, says in (
        (broken, f"{broken}:3 cannot be parsed (syntax error at or near"),
        (empty, "holds no statement"),
        (tmp_path / "none.sql", "is not there"),
    ):
        ran = ask("migration", str(path), shop.dsn)
        assert (ran.code, len(ran.error_lines), says in ran.err) == (2, 1, True), ran.err


def test_mistakes_are_told_before_anything_is_connected_to(tmp_path: Path) -> None:
    for arguments, says in (
        (("query", "-o", "a.docx"), "names no form"),
        (("query", "-o", str(tmp_path / "none" / "a.md")), "folder does not exist"),
        (("query", "--context", str(tmp_path / "none.yaml")), "No such file"),
        (("migration", str(tmp_path / "none.sql")), "is not there"),
        (("schema-design",), "--entity"),
    ):
        ran = ask(*arguments, NOWHERE)
        assert (ran.code, says in ran.err) == (2, True), ran.err
    assert ask("query", NOWHERE).code == 3
    with pytest.raises(BadConfiguration, match="yaml"):
        form_of(Path("a.yaml"))


def test_help_of_questions_loads_no_driver_and_no_client_of_a_model() -> None:
    code = (
        "import sys\nsys.argv = ['pgaudit', *sys.argv[1:]]\nfrom pgaudit.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'anthropic', 'pandas', 'psycopg', 'pglast', 'sqlalchemy', 'msgspec'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    for arguments in (["--help"], ["ask", "--help"], ["ask", "query", "--help"], ["ask", "migration", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout
        assert done.stderr.strip() == "[]"


# ---- statements, on a server of their own: its statistics are cluster-wide


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[PrivateCluster, Database]]:
    with (
        skipped_without_server(),
        private_cluster(18) as cluster,
        fresh_database(Server(18, cluster.dsn, "private")) as database,
    ):
        with database.connect() as connection:
            connection.execute("create extension pg_stat_statements")
            for number, name in enumerate(HOSTILE):
                _use(connection, '"' + name.replace('"', '""') + '"', 3 + number)
        yield cluster, database


def _use(connection: psycopg.Connection[Any], name: str, calls: int) -> None:
    """A schema, a table and a column of that name, and a statement on them."""
    for statement in (
        f"create schema {name}",
        f"create table {name}.{name} ({name} text not null, id bigint primary key)",
        f"insert into {name}.{name} select 'CANARY ' || g, g from generate_series(1, 5000) as g",
        f"analyze {name}.{name}",
    ):
        connection.execute(statement.encode())
    for _ in range(calls):
        connection.execute(f"select id from {name}.{name} where {name} = %s".encode(), ("CANARY 7",))


def ids(database: Database) -> list[str]:
    with database.connect() as connection:
        found = connection.execute(
            "select queryid from pg_stat_statements as s join pg_database as d on d.oid = s.dbid "
            "where d.datname = current_database() and query like 'select id from %' order by calls"
        ).fetchall()
    return [str(one) for (one,) in found]


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)


def test_statements_on_hostile_names_get_their_index_and_harm_no_form(
    busy: tuple[PrivateCluster, Database], tmp_path: Path
) -> None:
    cluster, database = busy
    known = ids(database)
    assert len(known) == len(HOSTILE)
    for name, query_id in zip(HOSTILE, known, strict=True):
        outputs = [str(tmp_path / f"{query_id}.{form}") for form in ("json", "html", "md")]
        flags = [part for path in outputs for part in ("-o", path)]
        shadow = ("--shadow-dsn", cluster.dsn)
        ran = pgaudit("ask", "query", "--queryid", query_id, database.dsn, "--isolated", *shadow, *flags)
        assert ran.code == 0, ran.err
        texts = [Path(path).read_text() for path in outputs]
        answer = from_json(texts[0])
        change = answer.document.changes[0]
        assert change.sql[0].endswith('("' + name.replace('"', '""') + '")') or f"({name})" in change.sql[0]
        assert change.proof.badge is Badge.APPLIES, (name, change.proof)
        plan = next(answer.evidence.topics("asked/plan"))
        assert float(str(plan.facts["cost_after"])) < float(str(plan.facts["cost_before"]))
        seen = _Scripts()
        seen.feed(texts[1])
        assert "script" not in seen.tags
        for text in texts:
            assert "CANARY" not in text
            assert "\x1b" not in text


def test_an_id_that_nobody_sent_is_a_usage_error_that_names_some(busy: tuple[PrivateCluster, Database]) -> None:
    _, database = busy
    for wanted, says in (("12", "no statement with the id 12 was recorded"), ("twelve", "'twelve' is no number")):
        ran = ask("query", "--queryid", wanted, database.dsn)
        assert (ran.code, len(ran.error_lines), says in ran.err) == (2, 1, True), ran.err


def test_hidden_texts_are_asked_for_by_the_privilege_that_shows_them(busy: tuple[PrivateCluster, Database]) -> None:
    cluster, database = busy
    with cluster.connect() as connection:
        connection.execute("create role looker login")
    try:
        ran = ask("query", f"{database.dsn} user=looker")
        assert ran.code == 3
        assert "grant pg_read_all_stats to looker" in ran.err
    finally:
        with cluster.connect() as connection:
            connection.execute("drop role looker")


def test_a_hostile_table_is_designed_without_harm(busy: tuple[PrivateCluster, Database], tmp_path: Path) -> None:
    _, database = busy
    for number, name in enumerate(HOSTILE):
        page = tmp_path / f"{number}.html"
        ran = ask("schema-design", "--entity", f"{name}.{name}", database.dsn, "-o", str(page))
        assert ran.code == 0, ran.err
        seen = _Scripts()
        seen.feed(page.read_text())
        assert "script" not in seen.tags


# ---- small laws


@pytest.mark.parametrize(("table", "model"), [("invoice_lines", "InvoiceLines"), ("2fa", "Model2fa"), ("🐄", "Model")])
def test_models_are_named_as_prisma_wants_them(table: str, model: str) -> None:
    assert model_name(table) == model
    assert field_name(table)[:1].islower()


@pytest.mark.parametrize(
    "statement",
    [
        'create table a."b, (c)" ("d, ""e""" text not null, f numeric(12,2))',
        "create table a.b (c text default 'x, (y)')",
        "create table a.b ()",
        "alter table a.b add constraint c check ((d > 0))",
        "create unique index i on a.b using btree (c pg_catalog.int8_ops desc) where (d = 'using btree (')",
    ],
)
def test_laid_out_sql_means_what_it_meant(statement: str) -> None:
    parse_sql(laid_out(statement))
    without = statement.replace(" pg_catalog.int8_ops", "")
    assert fingerprint(laid_out(statement)) == fingerprint(without)
