"""Checks of the workload against a server that has worked."""

from __future__ import annotations

import pytest

from tests.probes.checks.states import findings_of, look, outcome_of
from tests.servers import PrivateCluster, private_cluster

SLOW = "workload/slow_queries"
PRELOADED = {"shared_preload_libraries": "pg_stat_statements"}


def work(cluster: PrivateCluster) -> None:
    with cluster.connect() as connection:
        connection.execute("create extension pg_stat_statements")
        connection.execute("select pg_stat_statements_reset()")
        connection.execute("create table notes as select g as id from generate_series(1, 100) as g")
        for _ in range(4):
            connection.execute("select count(*), pg_sleep(0.03) from notes where id > 7")
            connection.execute("select id from notes where id = 3")
        connection.execute("do $$ begin perform pg_sleep(0.03) from generate_series(1, 4); end $$")


@pytest.mark.pg
def test_statements_both_slow_and_frequent_are_reported_by_their_normalised_text(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        work(cluster)
        catalog = look(cluster.dsn)
        assert findings_of(SLOW, catalog) == ()  # not a hundred calls
        (finding,) = findings_of(SLOW, catalog, calls=4)
        assert finding.object.name.startswith("select count(*), pg_sleep($1) from notes where id > $2")
        assert finding.evidence["calls"] == 4
        assert 30 <= float(str(finding.evidence["mean_ms"])) < 300
        assert findings_of(SLOW, catalog, calls=5) == ()
        assert findings_of(SLOW, catalog, calls=4, mean_ms=1000) == ()


@pytest.mark.pg
def test_texts_of_others_are_unchecked_and_a_missing_extension_is_a_skip(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        bare = outcome_of(SLOW, look(cluster.dsn))
        assert [skip.needs for skip in bare.skipped] == ["CREATE EXTENSION pg_stat_statements"]
        work(cluster)
        with cluster.connect() as connection:
            connection.execute("create role onlooker login")
        outcome = outcome_of(SLOW, look(f"{cluster.dsn} user=onlooker"), calls=1)
        assert [skip.needs for skip in outcome.skipped] == ["GRANT pg_read_all_stats TO onlooker"]
