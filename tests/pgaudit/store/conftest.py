"""A store on each engine, and runs to record in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgaudit.audit.run import run_checks
from pgaudit.scanning import Taken, report_of
from pgaudit.store.opening import Store, open_store
from pgaudit.store.recording import RunToRecord
from probes.check import Check, built_in_checks
from tests.conftest import ServerPool
from tests.pictures import picture_of
from tests.servers import Database, fresh_database

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path, server_pool: ServerPool) -> Iterator[str]:
    """Where an empty store may be made: a file, and a database of its own on a real server."""
    if request.param == "sqlite":
        yield str(tmp_path / "history.sqlite3")
        return
    with fresh_database(server_pool.get(17)) as database:
        yield url_of(database.dsn)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def audited(server_pool: ServerPool) -> Iterator[Database]:
    """A database to audit."""
    with fresh_database(server_pool.get(18)) as database:
        yield database


def url_of(dsn: str) -> str:
    """A URL in the form that SQLAlchemy and libpq share."""
    given = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"postgresql://{given['user']}@/{given['dbname']}?host={given['host']}&port={given['port']}"


def run_of(database: Database, *checks: str, target: str = "staging", **changes: object) -> RunToRecord:
    """The run that a scan with these checks would record."""
    chosen: tuple[Check, ...] = tuple(check for check in built_in_checks() if check.id in checks)
    catalog = picture_of(database.dsn)
    taken = Taken(target, catalog)
    outcome = run_checks(catalog, chosen)
    report = report_of(taken, outcome, chosen, started_at=catalog.server.collected_at, began=0.0)
    usage = frozenset(check.id for check in chosen if check.needs.counters_days)
    given: dict[str, object] = {"report": report, "catalog": catalog, "usage_checks": usage}
    return RunToRecord(**(given | changes))  # type: ignore[arg-type]
