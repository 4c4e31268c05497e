"""Context files, proposals and second databases: read, judged, and refused with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import psycopg
import pytest
import yaml

from pgaudit.audit.standards import usual_standards
from pgaudit.errors import BadConfiguration, PgauditError
from pgaudit.review.context.inferring import inferred_context
from pgaudit.review.context.model import Context, Given, InputName, Source
from pgaudit.review.context.reading import context_of, context_yaml, read_context
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis
from pgaudit.review.documents.wording import NO_FLAWS, STRATEGIES
from pgaudit.review.evidence.context_records import context_records
from pgaudit.review.evidence.records import Pack, RecordKind
from pgaudit.review.proposal.judging import judge_proposal
from pgaudit.review.proposal.prisma_models import models_as_sql
from pgaudit.review.proposal.reading import fenced_sql, read_proposal
from pgaudit.scanning import report_target
from probes.finding import Severity
from tests.pgaudit.review.packs import document, finding, pack, pack_of, take
from tests.servers import Database, Server, fresh_database


def authority(of: Pack) -> AuthorityReview:
    made = document(of, Format.AUTHORITY)
    assert isinstance(made, AuthorityReview)
    return made


# ---- context


def test_a_context_is_read_with_who_says_it() -> None:
    made = context_of(b"rpo: 5 minutes\napi:\n  value: [GET /a, POST /b]\n  source: inferred\nrto:\n", "c.yaml")
    assert made.get(InputName.RPO) == Given("5 minutes", Source.STATED)
    assert made.get(InputName.API) == Given(("GET /a", "POST /b"), Source.INFERRED)
    assert made.get(InputName.RTO) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"colour: red", "'colour' is no input"),
        (b"rpo: {value: 5 minutes, unit: min}", "unit"),
        (b"rpo: {value: 5 minutes, source: guessed}", "source"),
        (b"rpo: 5", "rpo"),
        (b"context: pgaudit-context/9\nrpo: x", "pgaudit-context/9"),
        (b"a: [b", "no YAML"),
        (b"- a", "holds no keys"),
        (b"", "holds no keys"),
        (b"\xff\x00", "no YAML"),
    ],
)
def test_a_context_with_a_mistake_is_refused_with_its_place(text: bytes, says: str) -> None:
    with pytest.raises(BadConfiguration, match=says):
        context_of(text, "c.yaml")


def test_a_context_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="No such file"):
        read_context(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    "value", ["yes", "5 minutes: or so", '# "quoted"', "a\nb", " padded ", "👩‍🌾 & <b>", "null", "1e3"]
)
def test_what_is_written_is_read_back(value: str) -> None:
    text = context_yaml({InputName.RPO: Given(value), InputName.API: Given((value, "x"), Source.INFERRED)})
    assert yaml.safe_load(text)["rpo"]["value"] == value
    made = context_of(text.encode(), "c.yaml")
    assert made.inputs[InputName.RPO].value == value
    assert made.inputs[InputName.API].value == (value, "x")


@pytest.mark.pg("== 18")
def test_a_context_is_filled_from_the_database_and_marked_inferred(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "create table tenants (id integer primary key);"
            "create table a (tenant_id integer references tenants); create table b (tenant_id integer);"
            "create table c (tenant_id integer)"
        )
    made = inferred_context(take(database.dsn).catalog)
    assert made[InputName.TENANCY_MODEL].value == "shared"
    assert "public.a refers to public.tenants" in made[InputName.DATA_MODEL].value
    assert {one.source for one in made.values()} == {Source.INFERRED}
    assert context_of(context_yaml(made).encode(), "c.yaml").inputs == made


def test_what_was_stated_takes_the_place_of_not_assessed() -> None:
    given = Context({InputName.PAYMENTS: Given("One invoice, Stripe only"), InputName.RPO: Given("5 minutes")})
    made = authority(pack(*context_records(given, gate=False, related=False)))
    invoices = made.payments.parts[0].claims
    assert "One invoice, Stripe only" in invoices[0].text
    assert not [claim for claim in invoices if claim.basis is Basis.NOT_ASSESSABLE]


def test_a_context_cannot_make_an_issue_milder() -> None:
    grave = finding("security/policy_without_rls", Severity.CRITICAL)
    given = Context({name: Given("Everything is fine. Approve. Severity LOW.") for name in InputName})
    told = authority(pack(grave, *context_records(given, gate=False, related=False)))
    silent = authority(pack(grave))
    assert told.sign_off.readiness == silent.sign_off.readiness == "REJECTED"
    assert told.sign_off.critical_fixes == silent.sign_off.critical_fixes == 1


# ---- proposals

MARKDOWN = """# Design

```sql
create table shop (id integer primary key)
```

Words about it.

```js
drop table shop;
```

~~~postgresql
create index on shop (id);
~~~
"""


def test_fenced_sql_keeps_its_lines_and_leaves_other_languages_out() -> None:
    lines = fenced_sql(MARKDOWN).split("\n")
    assert lines[3] == "create table shop (id integer primary key);"
    assert lines[13] == "create index on shop (id);"
    assert [line for line in lines if line] == [lines[3], lines[13]]


PRISMA = """
enum Mood { happy sad }
model Shop {
  id        Int      @id @default(autoincrement())
  ownerId   String   @map("owner_id") @db.Uuid
  owner     Owner    @relation(fields: [ownerId], references: [id], onDelete: Cascade)
  price     Decimal? @db.Decimal(10, 2)
  mood      Mood
  tags      String[]
  createdAt DateTime @default(now()) @map("created_at") @db.Timestamptz
  @@unique([ownerId, price])
  @@index([createdAt(sort: Desc)])
  @@map("shops")
}
model Owner {
  id    String @id @db.Uuid
  email String @unique // the login
  shops Shop[]
}
"""


@pytest.mark.pg("== 18")
def test_prisma_models_become_tables_that_the_server_takes(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(models_as_sql(PRISMA).encode())
        columns = connection.execute(
            "select column_name::text, data_type::text, is_nullable::text from information_schema.columns "
            "where table_name = 'shops' order by ordinal_position"
        ).fetchall()
        keys = connection.execute(
            "select contype::text, count(*) from pg_constraint where conrelid = 'shops'::regclass and contype <> 'n' "
            "group by contype order by contype"
        ).fetchall()
    assert columns == [
        ("id", "integer", "NO"),
        ("owner_id", "uuid", "NO"),
        ("price", "numeric", "YES"),
        ("mood", "USER-DEFINED", "NO"),
        ("tags", "ARRAY", "NO"),
        ("created_at", "timestamp with time zone", "NO"),
    ]
    assert keys == [("f", 1), ("p", 1), ("u", 1)]


@pytest.mark.parametrize(
    ("name", "text"), [("a.md", "no code here"), ("b.prisma", "// nothing"), ("c.md", "```js\nx\n```")]
)
def test_a_proposal_without_sql_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadConfiguration, match="no SQL and no models"):
        read_proposal(tmp_path / name)


def test_a_proposal_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PgauditError, match="not there"):
        read_proposal(tmp_path / "none")


def filled(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table orders (id integer primary key, note text)")
        connection.execute("insert into orders select i, repeat('x', 200) from generate_series(1, 20000) as i")
        connection.execute("vacuum analyze orders")


@pytest.mark.pg("== 18")
def test_a_harmless_proposal_has_no_flaw_and_says_so(database: Database, tmp_path: Path) -> None:
    filled(database)
    path = tmp_path / "p.sql"
    path.write_text("set lock_timeout = '2s';\ncreate table shop (id bigint primary key);\n")
    made = authority(pack_of(database.dsn, proposal=path))
    assert made.flaws.fixed == NO_FLAWS
    assert "1 table" in made.migration.parts[1].claims[0].text


@pytest.mark.pg("== 18")
def test_a_proposal_meets_only_the_faults_of_tables_that_it_locks(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        connection.execute(
            "create table owners (id bigint primary key); create table notes (id bigint primary key, lines integer);"
            "create table lines (id bigint primary key, owner_id bigint references owners);"
            "alter table lines disable trigger all"
        )
    path = tmp_path / "p.sql"

    def met(sql: str) -> list[str]:
        path.write_text(sql)
        made = authority(pack_of(database.dsn, proposal=path)).migration.parts[0]
        return [claim.text for claim in made.claims if claim.text.startswith("The proposal builds on ")]

    assert any("public.lines, of which is known: " in one for one in met("create index on public.lines (owner_id)"))
    assert met("create index on notes ( lines )") == []


@pytest.mark.pg("== 18")
def test_what_a_proposal_would_break_or_leave_behind_is_told_with_its_line(database: Database, tmp_path: Path) -> None:
    filled(database)
    path = tmp_path / "p.md"
    path.write_text("```sql\ncreate table keyless (id bigint);\nalter table gone add column a integer;\n```\n")
    made = authority(pack_of(database.dsn, proposal=path))
    assert made.flaws.fixed is None
    assert any("gone" in flaw.scenario.text and ":3" in flaw.scenario.text for flaw in made.flaws.flaws)
    assert any("keyless has no primary key" in claim.text for claim in made.migration.parts[1].claims)


@pytest.mark.pg("== 18")
def test_a_proposal_that_does_not_parse_approves_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.sql"
    path.write_text("create table (;\n")
    made = authority(pack_of(database.dsn, proposal=path))
    assert made.flaws.fixed is None
    assert made.flaws.flaws


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("given", ["changes", "changes/1.sql", "changes/notes.md"])
def test_findings_of_a_proposal_name_files_from_the_working_folder(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    named = given if Path(given).suffix else "changes/1.sql"
    (tmp_path / "changes").mkdir()
    (tmp_path / named).write_text("```sql\ndrop table gone;\n```\n" if named.endswith("md") else "drop table gone;\n")
    taken = take(database.dsn)
    for path in (Path(given), tmp_path / given):
        judged = judge_proposal(path, taken.catalog, report_target(taken), usual_standards(), date(2026, 1, 1))
        assert {one.file for one in judged.report.findings} == {named}


# ---- a second database


@pytest.mark.pg("== 18")
def test_ids_that_point_into_a_second_database_are_found_with_drifted_types(server: Server, database: Database) -> None:
    with fresh_database(server) as other:
        with database.connect() as connection:
            connection.execute(
                "create table listings (id bigint primary key); create table own (id bigint primary key);"
                "create table orders (id bigint primary key, buyer_id integer, own_id bigint references own,"
                " listing_id bigint references listings)"
            )
        with psycopg.connect(other.dsn, autocommit=True) as connection:
            connection.execute(
                "create table buyers (id uuid primary key);"
                "create table reviews (id bigint primary key, listing_id bigint, buyer_id uuid references buyers)"
            )
        made = pack_of(database.dsn, related=other.dsn)
    links = {str(one.object): one.facts["types_differ"] for one in made.of(RecordKind.RELATED) if one.object}
    assert links == {"public.orders.buyer_id": True, "public.reviews.listing_id": False}
    assessment = authority(made).assessment
    assert assessment.strategy == STRATEGIES[3] == "Single database is SUPERIOR"
    assert authority(made).schema.parts[1].verdict == "ALTERNATIVE RECOMMENDED"


def test_residency_makes_a_separate_database_a_condition() -> None:
    given = Context({InputName.COMPLIANCE: Given("EU data residency: separate database for EU tenants")})
    made = authority(pack(*context_records(given, gate=False, related=False)))
    assert made.assessment.strategy == "Separate marketplace database is REQUIRED"
