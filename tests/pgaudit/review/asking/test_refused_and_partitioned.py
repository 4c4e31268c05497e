"""What is refused is said first; a partitioned table is counted by its partitions and gets an index it can have."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pgaudit.audit.standards import usual_standards
from pgaudit.review.asking.candidates import candidates
from pgaudit.review.asking.migration import STEP, is_in_words, judged_migration, migration_evidence
from pgaudit.review.asking.migration_answer import migration_answer
from pgaudit.review.asking.query_evidence import index_change
from pgaudit.review.asking.tables import TABLE, table_record
from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.inventory import inventory_records
from pgaudit.review.evidence.proposal_records import proposal_records
from pgaudit.scanning import report_target
from probes.catalog.catalog import Catalog
from tests.pgaudit.review.packs import pack, take
from tests.servers import Database

pytestmark = pytest.mark.pg("== 18")

SCHEMA = """
create table events (tenant bigint not null, kind text not null, at date not null) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
insert into events select g % 10, 'k', date '2025-06-01' from generate_series(1, 500) as g;
analyze events;
create table notes (id bigint primary key, body text);
"""


def table(catalog: Catalog, name: str) -> str:
    found = catalog.relation_named("public", name)
    assert found is not None
    return table_record(catalog, found).says


def test_a_partitioned_table_is_told_by_its_partitions(database: Database) -> None:
    database.execute(SCHEMA)
    told = table(take(database.dsn).catalog, "events")
    assert "500 rows by estimate in 2 partitions" in told
    assert "-1" not in told
    assert "analyzed less than an hour" in told


def test_empty_partitioned_tables_take_nothing_off_the_size_of_a_database(database: Database) -> None:
    database.execute("create table parts (id int) partition by range (id)")
    database.execute("analyze parts")
    catalog = take(database.dsn).catalog
    relations = next(one for one in inventory_records(catalog) if one.topic == "inventory/relations")
    assert relations.facts["table_bytes"] == 0


def test_the_index_of_a_partitioned_table_can_be_built_and_taken_back(database: Database) -> None:
    database.execute(SCHEMA)
    catalog = take(database.dsn).catalog
    candidate = candidates(catalog, "select * from events where tenant = $1 and kind = $2")[0]
    change = with_effects(index_change(candidate, catalog), catalog)
    for statement in (*change.sql, *change.rollback):
        database.execute(statement)
    assert change.rollback
    assert {one.name for one in take(database.dsn).catalog.indexes} == {one.name for one in catalog.indexes}


def test_a_refused_migration_asks_for_nothing_but_to_be_mended(database: Database, tmp_path: Path) -> None:
    database.execute(SCHEMA)
    file = tmp_path / "0001.sql"
    file.write_text("alter table notes add column body text;\nalter table nothing add column x int;\n")
    taken, day = take(database.dsn), date(2026, 1, 1)
    judged = judged_migration(file, taken.catalog, report_target(taken), usual_standards(), day)
    whole = migration_evidence(taken.catalog, pack(*proposal_records(judged.report)), judged, day)
    answer = migration_answer(Desk(whole, decide(whole)))
    checklist = [claim.text for part in answer.sections[-1].parts for one in part.lists for claim in one.claims]
    assert len(checklist) == 2
    assert "mended" in checklist[0]
    told = " ".join(claim.text for one in answer.requirements for claim in one.claims)
    assert "does not run as it is written" in told


def test_a_step_that_is_a_comment_is_told_in_words() -> None:
    assert is_in_words("-- 1. add a column\n-- and fill it")
    assert not is_in_words("-- first\nalter table notes add column x int")


def test_an_update_is_said_to_touch_what_it_writes_and_not_what_refers_to_it(
    database: Database, tmp_path: Path
) -> None:
    database.execute(SCHEMA)
    database.execute("create table replies (id bigint primary key, note_id bigint references notes)")
    file = tmp_path / "0001.sql"
    file.write_text("update notes set body = 'x' where body is null;\n")
    taken, day = take(database.dsn), date(2026, 1, 1)
    judged = judged_migration(file, taken.catalog, report_target(taken), usual_standards(), day)
    whole = migration_evidence(taken.catalog, pack(*proposal_records(judged.report)), judged, day)
    assert [one.title for one in whole.topics(TABLE)] == ["public.notes"]
    step = next(whole.topics(STEP))
    assert step.facts["work"] == ("scans public.notes",)
