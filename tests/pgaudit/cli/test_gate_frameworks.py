"""Projects of Alembic and Django through the gate: pending only, in their transactions, at the lines of operations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pgaudit.reports.gate_contract import GateReport, GateStatement, from_json
from tests.pgaudit.cli.running import pgaudit
from tests.pgaudit.migrations.sources import test_alembic as alembic
from tests.pgaudit.migrations.sources import test_django as django
from tests.pgaudit.migrations.sources.projects import write
from tests.servers import Database

REFUSED = {"refused-by-server", "concurrently-in-transaction"}
NOT_IN_A_BLOCK = """    op.create_index("ix_kind", "account", ["kind"], postgresql_concurrently=True)
    op.add_column("account", sa.Column("late", sa.Text()))"""
IN_ATOMIC = '        migrations.RunSQL("create index concurrently item_id on shop_item (id)"),'


def gate(root: Path, database: Database, *arguments: str, env: Mapping[str, str] | None = None) -> GateReport:
    ran = pgaudit("gate", *arguments, "-d", database.dsn, "-f", "json", cwd=root, env=env)
    assert ran.code in {0, 1}, ran.err
    return from_json(ran.out)


def statement(report: GateReport, words: str) -> GateStatement:
    (found,) = [one for one in report.statements if words.lower() in " ".join(one.sql.split()).lower()]
    return found


def rules_at(report: GateReport, path: Path, text: str) -> set[str]:
    """The rules that speak at the line of a file that holds a text."""
    line = alembic.line_in(path, text)
    return {one.rule for one in report.findings if one.line == line and path.match(f"*{one.file}")}


def rules(report: GateReport) -> set[str]:
    return {one.rule for one in report.findings}


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("arguments", [(), ("--allow-exec",)], ids=["read", "rendered"])
def test_an_alembic_project_is_gated_from_its_current_revision(
    database: Database, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    root = alembic.project(tmp_path)
    alembic.run_alembic(root, database, "upgrade", "aaa1")
    second = root / "db/versions/mm_second.py"
    if arguments:
        (root / "db/versions/aa_third.py").unlink()  # it names what nobody defines
    report = gate(root, database, *arguments)

    assert not any("create table account" in one.sql.lower() for one in report.statements), "it is applied"
    index = statement(report, "create index concurrently")
    assert (index.transaction, index.line) == (None, alembic.line_in(second, "op.create_index"))
    assert not rules(report) & REFUSED, "autocommit_block commits first"
    added = statement(report, "alter table account add column email")
    assert added.transaction is not None
    assert added.line == alembic.line_in(second, "op.add_column")
    update = statement(report, "update account set email = 'x'")
    assert update.transaction not in {None, added.transaction}, "the block has ended the transaction"
    assert "set-not-null-scan" in rules_at(report, second, "batch.alter_column")
    assert report.incomplete is not bool(arguments), "the third revision holds what only running tells"


@pytest.mark.pg("== 18")
def test_concurrently_outside_an_autocommit_block_is_refused_at_its_line(database: Database, tmp_path: Path) -> None:
    root = alembic.project(tmp_path)
    alembic.run_alembic(root, database, "upgrade", "aaa1")
    for name in ("mm_second", "aa_third"):
        (root / f"db/versions/{name}.py").unlink()
    path = root / "db/versions/late.py"
    path.write_text(alembic.revision("ddd4", "'aaa1'", NOT_IN_A_BLOCK))
    report = gate(root, database)
    assert rules_at(report, path, "op.create_index") & REFUSED
    assert statement(report, "add column late").line == alembic.line_in(path, "op.add_column")


@pytest.mark.pg("== 18")
def test_a_django_project_is_gated_from_its_current_migrations(database: Database, tmp_path: Path) -> None:
    root = django.project(tmp_path)
    django.run_django(root, database, "migrate", "shop", "0001")
    report = gate(root, database, "--allow-exec", env=django.environment(database))
    assert not any('create table "shop_item"' in one.sql.lower() for one in report.statements), "it is applied"
    index = statement(report, "create index concurrently")
    path = root / "shop/migrations/0002_index.py"
    assert (index.transaction, index.line) == (None, django.line_in(path, "AddIndexConcurrently("))
    assert not rules(report) & REFUSED, "atomic = False"
    data = root / "shop/migrations/0003_data.py"
    price = statement(report, 'add column "price"')
    assert price.transaction is not None
    assert price.line == django.line_in(data, "AddField")
    assert any("RunPython" in note or "program" in note for note in report.notes)
    assert report.incomplete


@pytest.mark.pg("== 18")
def test_concurrently_in_an_atomic_migration_is_refused_at_its_line(database: Database, tmp_path: Path) -> None:
    root = django.project(tmp_path)
    django.run_django(root, database, "migrate", "shop", "0001")
    late = django.migration('("shop", "0003_data")', IN_ATOMIC)
    write(root, {"shop/migrations/0004_late.py": late})
    report = gate(root, database)
    assert rules_at(report, root / "shop/migrations/0004_late.py", "concurrently") & REFUSED
    allowed = django.migration('("shop", "0003_data")', IN_ATOMIC, "atomic = False")
    write(root, {"shop/migrations/0004_late.py": allowed})
    assert not rules(gate(root, database)) & REFUSED
