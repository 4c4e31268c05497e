"""Nothing looks for garbage while a picture is taken and judged: neither may leave any that only a search finds."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pgaudit.audit.run import run_checks
from probes.catalog.catalog import Catalog
from probes.check import built_in_checks
from probes.collect.collector import Collector
from probes.memory import without_garbage_collection
from tests.servers import Database

TABLES = 200
MOST = TABLES // 2
"""Circles of libraries and of what is made once; one a table would be more."""


@pytest.fixture
def quiet() -> Iterator[None]:
    """No search but the test's own."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def collected(database: Database) -> Catalog:
    return Collector(database.connect).collect().catalog


def tables() -> str:
    return ";".join(
        f"create table t{number} (id bigserial primary key, parent bigint references t{max(0, number - 1)}, d date);"
        f"create policy own on t{number} using (parent = current_setting('app.tenant')::bigint);"
        f"create view v{number} as select * from t{number}"
        for number in range(TABLES)
    )


@pytest.mark.pg("== 18")
@pytest.mark.usefixtures("quiet")
def test_taking_and_judging_a_picture_leaves_no_circles(database: Database) -> None:
    database.execute(tables())
    collected(database)  # modules and what they make once
    gc.collect()
    catalog = collected(database)
    after_collecting = gc.collect()
    run_checks(catalog, built_in_checks())
    gc.collect()
    outcome = run_checks(catalog, built_in_checks())
    after_checks = gc.collect()
    assert len(outcome.findings) > TABLES
    assert (after_collecting < MOST, after_checks < MOST) == (True, True), (after_collecting, after_checks)


def test_what_a_program_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with without_garbage_collection():
            assert not gc.isenabled()
        assert (gc.get_freeze_count(), gc.isenabled()) == (frozen, True)
    finally:
        gc.unfreeze()
