"""The public functions, as another program calls them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pgaudit
from pgaudit.errors import PgauditError
from probes.finding import Severity
from tests.pgaudit.cli.running import ROOT, environment
from tests.servers import Database

INDEX = "set lock_timeout = '2s';\ncreate index on public.orders (customer_id);\n"
HEAVY = ("psycopg", "pglast", "typer", "sqlalchemy", "pandas", "alembic", "anthropic", "rich", "jinja2")


def test_importing_pgaudit_loads_nothing_heavy() -> None:
    script = f"import sys, pgaudit; print([name for name in {HEAVY!r} if name in sys.modules])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_gate_without_a_target_ignores_what_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGAUDIT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    (tmp_path / "1.sql").write_text(INDEX)
    report = pgaudit.gate(tmp_path / "1.sql", pg_version=16)
    assert (report.target, report.server_version_num) == (None, 160000)
    assert any(one.severity.at_least(Severity.HIGH) for one in report.open_findings)


@pytest.mark.pg("== 18")
def test_gate_and_scan_judge_a_database(database: Database, tmp_path: Path) -> None:
    database.execute("create table public.orders (id bigint primary key, customer_id bigint)")
    (tmp_path / "1.sql").write_text(INDEX)
    report = pgaudit.gate([tmp_path / "1.sql"], database.dsn)
    assert report.target is not None
    assert report.target.database == database.name
    assert [one.relation for one in report.relations] == ["public.orders"]
    assert report.moment is not None
    assert not any(one.severity.at_least(Severity.HIGH) for one in report.open_findings)
    assert pgaudit.scan(database.dsn).target.database == database.name


def test_what_goes_wrong_is_one_of_our_errors(tmp_path: Path) -> None:
    with pytest.raises(PgauditError):
        pgaudit.gate(tmp_path / "nonesuch")
    (tmp_path / "1.sql").write_text(INDEX)
    with pytest.raises(PgauditError):
        pgaudit.gate(tmp_path / "1.sql", profile="nonesuch")
