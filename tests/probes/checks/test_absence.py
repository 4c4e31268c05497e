"""Not checked is not clean: every check, against every area that is missing."""

from __future__ import annotations

import pytest

from pgaudit.audit.run import run_checks
from probes.catalog.catalog import Absent, Catalog
from probes.check import Check, built_in_checks
from tests.conftest import ServerPool
from tests.pictures import picture_of
from tests.servers import fresh_database

CHECKS = built_in_checks()
MISSING = Absent("taken away by a test", "a privilege")
NEWEST = 18
OF_THE_SERVER_ALONE = {
    "durability/recent_restart",
    "versions/major_eol",
    "versions/minor_outdated",
    "versions/prerelease",
    "workload/stats_reset_recent",
}
"""Checks of facts without which there is no picture at all: the version, and since when the server runs and counts."""


@pytest.fixture(scope="module")
def catalog(server_pool: ServerPool) -> Catalog:
    with fresh_database(server_pool.get(NEWEST)) as database:
        database.execute("create table public.a (id bigint primary key); create extension pg_stat_statements")
        return picture_of(database.dsn)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_says_that_it_was_not_run_for_each_area_it_needs(check: Check, catalog: Catalog) -> None:
    assert check.needs.areas or check.id in OF_THE_SERVER_ALONE
    for row_type in check.needs.areas:
        outcome = run_checks(catalog.replacing({row_type: MISSING}), [check])
        assert [skip.check for skip in outcome.skipped] == [check.id], row_type
        assert outcome.findings == ()
        assert outcome.checked == ()
        assert outcome.failed == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_reads_no_area_that_it_does_not_declare(check: Check, catalog: Catalog) -> None:
    outcome = run_checks(catalog, [check])
    assert outcome.failed == ()
