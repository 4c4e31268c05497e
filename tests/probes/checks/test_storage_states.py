"""Tablespaces belong to a whole server: no story can make one."""

from __future__ import annotations

import pytest

from pgaudit.audit.run import run_checks
from probes.check import built_in_checks
from tests.pictures import picture_of
from tests.servers import private_cluster


@pytest.mark.pg(">= 15")
def test_tablespace_below_the_data_directory_is_reported_until_it_is_dropped(pg_major: int) -> None:
    check = next(check for check in built_in_checks() if check.id == "storage/tablespace_in_pgdata")
    with private_cluster(pg_major, settings={"allow_in_place_tablespaces": "on"}) as cluster:

        def reported() -> list[str]:
            catalog = picture_of(cluster.dsn)
            outcome = run_checks(catalog, [check])
            assert outcome.checked, outcome.skipped
            return [finding.object.name for finding in outcome.findings]

        assert reported() == []
        with cluster.connect() as connection:
            connection.execute("create tablespace nearby location ''")
            assert reported() == ["nearby"]
            connection.execute("drop tablespace nearby")
        assert reported() == []
