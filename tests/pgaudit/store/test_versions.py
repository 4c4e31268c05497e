"""A store of every version, with data in it, brought to the head and back."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from migrations_safety.script.model import ScriptText
from pgaudit.history import frames
from pgaudit.migrations.gate import gate_scripts
from pgaudit.store.opening import open_store
from pgaudit.store.reading import runs
from pgaudit.store.schema import configuration, head, version_of
from probes.finding import Severity
from tests.conftest import ServerPool
from tests.pgaudit.store.conftest import url_of
from tests.pictures import picture_of
from tests.servers import fresh_database

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()]
ROWS = ("target", "run", "finding", "state", "check", "observation", "setting", "review")


def counts(connection: Connection) -> dict[str, int]:
    return {name: connection.execute(text(f"select count(*) from audit_{name}")).scalar_one() for name in ROWS}


def make(url: str, version: str) -> dict[str, int]:
    """A store as that version left it; gives how many rows each table has."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:") if "://" in url else f"sqlite:///{url}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), version)
        for statement in (FIXTURES / f"{version}.sql").read_text("utf-8").split(";\n"):
            if statement.strip():
                connection.execute(text(statement.replace(":", "\\:")))
        made = counts(connection)
    engine.dispose()
    return made


def test_every_version_has_a_fixture() -> None:
    assert sorted(path.stem for path in FIXTURES.glob("*.sql")) == sorted(VERSIONS)


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_a_store_of_every_version_is_brought_to_the_head_and_back_with_all_its_rows(
    store_url: str, version: str
) -> None:
    made = make(store_url, version)
    store = open_store(store_url)
    try:
        with store.reading() as connection:
            assert (version_of(connection), counts(connection)) == (head(), made)
        whole = [(run.id, run.states) for run in runs(store) if run.failure is None]
        assert whole == [(2, {"fixed": 1}), (1, {"new": 1})]
        assert frames.settings_changed(store, "shop/staging").to_dict("records") == [
            {"name": "work_mem", "before": "4096 kB", "after": "8192 kB"}
        ]
        with store.writing() as connection:
            command.downgrade(configuration(connection), version)
            assert (version_of(connection), counts(connection)) == (version, made)
            command.downgrade(configuration(connection), "base")
            command.upgrade(configuration(connection), "head")
    finally:
        store.close()


STEPS = [
    (str(script.down_revision), script.revision)
    for script in ScriptDirectory.from_config(configuration()).walk_revisions()
    if script.down_revision is not None
]


@pytest.mark.parametrize(("before", "after"), sorted(STEPS))
def test_each_version_passes_our_own_gate_on_a_store_that_is_in_use(
    before: str, after: str, server_pool: ServerPool
) -> None:
    config = configuration(dialect="postgresql")
    config.output_buffer = sql = StringIO()
    command.upgrade(config, f"{before}:{after}", sql=True)
    script = ScriptText(file=f"{after}.sql", content=sql.getvalue().encode())
    with fresh_database(server_pool.get(17)) as database:
        make(url_of(database.dsn), before)
        catalog = picture_of(database.dsn)
    for known in (catalog, None):
        found = gate_scripts([script], known, 17, today=date(2026, 1, 1)).findings
        assert [(one.rule, one.message) for one in found if one.severity.at_least(Severity.HIGH)] == []
