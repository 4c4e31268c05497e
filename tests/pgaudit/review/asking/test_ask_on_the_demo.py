"""Questions to the demo database, from the command line to the index that makes its slow query quick."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest

from pgaudit.demo.session import DemoServer
from pgaudit.review.asking.answer import Answered, answered, from_json
from pgaudit.review.asking.page import render
from pgaudit.review.asking.wording import TEMPLATES
from pgaudit.review.documents.checking import UngroundedError, cited
from pgaudit.review.evidence.records import Badge, RecordKind
from tests.pgaudit.cli.running import Ran, pgaudit

SCHEMA: Any = json.loads((Path(__file__).parents[4] / "docs" / "schemas" / "pgaudit-answer-1.json").read_text())
INBOX = "m.listing_id = l.id"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer(lambda _step: None) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def query_id(demo: DemoServer) -> str:
    with psycopg.connect(demo.dsn) as connection:
        found = connection.execute(
            "select queryid from extensions.pg_stat_statements where query like %s and calls > 100", (f"%{INBOX}%",)
        ).fetchall()
    assert len(found) == 1
    return str(found[0][0])


def ask(demo: DemoServer, folder: Path, *arguments: str) -> tuple[Ran, Answered]:
    ran = pgaudit("ask", *arguments, demo.dsn, "--isolated", "-o", f"{folder}/a.json", "-o", f"{folder}/a.md")
    assert ran.code == 0, ran.err
    return ran, from_json((folder / "a.json").read_bytes())


@pytest.fixture(scope="module")
def about_inbox(demo: DemoServer, folder: Path, query_id: str) -> Answered:
    return ask(demo, folder, "query", "--queryid", query_id)[1]


def plan_of(answer: Answered) -> dict[str, Any]:
    plan = next(answer.evidence.topics("asked/plan"))
    assert plan.kind is RecordKind.PLAN
    return dict(plan.facts)


def test_a_slow_query_gets_the_index_that_it_lacks_with_the_cost_before_and_after(about_inbox: Answered) -> None:
    facts = plan_of(about_inbox)
    assert facts["synthetic"] is True
    assert facts["cost_after"] * 50 < facts["cost_before"]
    change = about_inbox.document.changes[0]
    assert re.fullmatch(
        r"create index concurrently \w+ on market\.messages \(tenant_id, listing_id\)", change.sql[0]
    ), change.sql
    assert change.proof.badge in {Badge.PROVEN, Badge.APPLIES}
    assert not any("listing_id = l.id" in line and "Index" in line for line in facts["plan_before"])
    name = change.sql[0].split()[3]
    assert any(name in line for line in facts["plan_after"])


def test_the_copy_has_the_pages_of_the_real_tables(about_inbox: Answered, demo: DemoServer) -> None:
    copies = {one.title: one.facts for one in about_inbox.evidence.topics("asked/copy")}
    assert set(copies) == {"market.messages", "market.listings"}
    with psycopg.connect(demo.dsn) as connection:
        for table, facts in copies.items():
            query = "select relpages, reltuples::bigint from pg_class where oid = %s::regclass"
            found = connection.execute(query, (table,)).fetchone()
            assert found is not None
            assert facts["pages"] == pytest.approx(found[0], rel=0.05)
            assert facts["rows"] == pytest.approx(found[1], rel=0.01)


def test_the_advised_index_makes_the_real_query_cheaper(about_inbox: Answered, demo: DemoServer) -> None:
    statement = next(about_inbox.evidence.topics("asked/statement"))
    query = str(statement.facts["query"]).replace("$1", "1").replace("$2", "20").replace("$3", "'active'")
    with psycopg.connect(demo.dsn, autocommit=True) as connection:

        def cost() -> float:
            told = connection.execute(f"explain (format json) {query}".encode()).fetchone()
            return float(told[0][0]["Plan"]["Total Cost"]) if told else 0.0

        before = cost()
        connection.execute(about_inbox.document.changes[0].sql[0].encode())
        try:
            assert cost() * 20 < before
        finally:
            name = about_inbox.document.changes[0].sql[0].split()[3]
            connection.execute(f"drop index market.{name}".encode())


def test_every_cited_record_is_needed(about_inbox: Answered) -> None:
    ids = {one for _, cites in cited(about_inbox.document) for one in cites}
    assert len(ids) > 10
    for one in ids:
        with pytest.raises(UngroundedError):
            answered(about_inbox.evidence.without(one), about_inbox.document, "now")


def test_an_answer_reads_the_same_in_every_form_and_has_the_templates_headings(about_inbox: Answered) -> None:
    words = TEMPLATES[about_inbox.document.question]
    markdown, page = render(about_inbox, "markdown"), render(about_inbox, "html")
    for heading in (*words.requirements, *words.specifications, *words.include):
        assert heading in markdown
        assert heading in page
    assert "synthetic" in markdown
    assert "not measured" in markdown  # its time: no row was read
    read_back = from_json(render(about_inbox, "json"))
    assert read_back == about_inbox
    jsonschema.validate(json.loads(render(about_inbox, "json")), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_without_an_id_the_statement_is_the_heaviest_and_without_a_shadow_nothing_is_measured(
    demo: DemoServer, folder: Path
) -> None:
    _, answer = ask(demo, folder, "query", "--no-shadow")
    with psycopg.connect(demo.dsn) as connection:
        heaviest = connection.execute(
            "select queryid from extensions.pg_stat_statements as s join pg_database as d on d.oid = s.dbid "
            "where d.datname = current_database() group by queryid order by sum(total_exec_time) desc limit 1"
        ).fetchone()
    assert heaviest is not None
    assert answer.document.subject == f"statement {heaviest[0]}"
    plan = next(answer.evidence.topics("asked/plan"))
    assert (plan.kind, plan.says) == (RecordKind.SKIP, "not measured: no shadow database was wanted")
    assert answer.document.changes
    assert all(one.proof.badge is Badge.UNPROVEN for one in answer.document.changes)
    assert "Not measured: no shadow database was wanted" in (folder / "a.md").read_text()


def test_a_table_is_designed_with_its_keys_indexes_policies_and_a_sample(demo: DemoServer, folder: Path) -> None:
    _, answer = ask(demo, folder, "schema-design", "--entity", "listings")
    text = (folder / "a.md").read_text()
    for told in (
        "model Listings {",
        "@@id([tenantId, id])",
        "references: [tenantId, id]",
        "create policy tenant_isolation on market.listings",
        "alter table only market.listings force row level security;",
        "insert into market.listings",
    ):
        assert told in text
    assert answer.document.subject == "market.listings"
    assert {one.proof.badge for one in answer.document.changes} == {Badge.PROVEN}


MIGRATION = """
alter table market.contacts alter column phone set not null;
create index contacts_by_phone on market.contacts (phone);
alter table market.animals add column color text;
update market.animals set color = 'brown' where weight_kg > 100;
"""


def test_a_migration_gets_its_safe_sequence_its_way_back_and_its_checks(demo: DemoServer, folder: Path) -> None:
    file = folder / "0007_phones.sql"
    file.write_text(MIGRATION)
    _, answer = ask(demo, folder, "migration", str(file))
    text = (folder / "a.md").read_text()
    for told in (
        "create index concurrently contacts_by_phone on market.contacts (phone)",
        "select count(*) from market.contacts where phone is null",
        "alter table market.contacts alter column phone drop not null;",
        "drop index concurrently market.contacts_by_phone;",
        "alter table market.animals drop column color;",
        "| Migration type | both |",
    ):
        assert told in text
    tried = {
        topic: next(answer.evidence.topics(topic)) for topic in ("asked/script", "asked/safe_script", "asked/way_back")
    }
    for topic, record in tried.items():
        assert record.change is not None
        assert record.change.proof.badge is Badge.APPLIES, (topic, record.change.proof)
    # What came is gone, and what was there is there again: the copy is as it was before.
    assert "they ran and left everything as it was before" in text
    assert answer.document.changes == ()
