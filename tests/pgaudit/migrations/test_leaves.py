"""What a migration brings about and what it mends, judged on the catalog after it."""

from __future__ import annotations

from datetime import date

import pytest

from migrations_safety.script.model import ScriptText
from pgaudit.audit.standards import Standards
from pgaudit.migrations.gate import gate_scripts
from pgaudit.migrations.leaves import introduced_and_resolved
from probes.check import built_in_checks
from tests.pictures import picture_of
from tests.servers import Database

CHECKS = tuple(
    check
    for check in built_in_checks()
    if check.id in {"constraints/missing_primary_key", "indexes/duplicate", "indexes/unindexed_foreign_key"}
)


def leaves(database: Database, sql: str) -> tuple[list[str], list[str]]:
    """What it introduces and resolves, as check and object."""
    before = picture_of(database.dsn, dictionaries=True)
    run = gate_scripts(
        [ScriptText(file="one.sql", content=sql.encode())], before, database.major, today=date(2026, 1, 1)
    )
    assert run.after is not None
    introduces, resolves = introduced_and_resolved(before, run.after, Standards(CHECKS), date(2026, 1, 1))
    return [f"{one.check} {one.object}" for one in introduces], [f"{one.check} {one.object}" for one in resolves]


@pytest.mark.pg("== 18")
def test_what_a_migration_makes_and_mends(database: Database) -> None:
    database.execute("create table notes (body text)")
    sql = "create table lists (body text); alter table notes add primary key (body);"
    assert leaves(database, sql) == (
        ["constraints/missing_primary_key public.lists"],
        ["constraints/missing_primary_key public.notes"],
    )


@pytest.mark.pg("== 18")
def test_a_duplicate_index_is_told_though_its_check_looks_at_counters(database: Database) -> None:
    database.execute("create table notes (id int primary key, body text); create index notes_a on notes (body)")
    introduces, resolves = leaves(database, "create index notes_b on notes (body)")
    assert ([one.partition(" ")[0] for one in introduces], resolves) == (["indexes/duplicate"], [])


@pytest.mark.pg("== 18")
def test_a_rename_neither_makes_nor_mends_a_fault(database: Database) -> None:
    database.execute(
        "create table parents (id int primary key); create table notes (body text, parent int references parents)"
    )
    assert leaves(database, "alter table notes rename to remarks") == ([], [])


@pytest.mark.pg("== 18")
def test_a_second_fault_of_a_kind_on_the_same_table_is_introduced(database: Database) -> None:
    database.execute("create table parents (id int primary key); create table notes (id int primary key)")
    database.execute("alter table notes add column a int references parents")
    introduces, resolves = leaves(database, "alter table notes add column b int references parents")
    assert (introduces, resolves) == (["indexes/unindexed_foreign_key public.notes.notes_b_fkey"], [])
