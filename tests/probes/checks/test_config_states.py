"""Configuration checks on private servers: files and settings of a whole cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probes.checks.states import eventually, findings_of, look
from tests.servers import PrivateCluster, private_cluster

FILE_ERRORS = "config/file_errors"


def append(path: Path, line: str) -> None:
    path.write_text(path.read_text() + line + "\n")


def told(cluster: PrivateCluster) -> list[str]:
    return [str(finding.object) for finding in findings_of(FILE_ERRORS, look(cluster.dsn))]


@pytest.mark.pg
def test_bad_lines_of_both_files_are_reported_and_gone_once_mended(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        assert told(cluster) == []
        hba, conf = (cluster.data_directory / name for name in ("pg_hba.conf", "postgresql.conf"))
        good = hba.read_text(), conf.read_text()
        append(hba, "host all app 10.20.0.0/16 scram-sha256")
        append(conf, "idle_in_transaction_session_timeout = '5minutes'")
        setting, rule = told(cluster)
        assert rule.startswith("pg_hba.conf: invalid authentication method")
        assert setting == "idle_in_transaction_session_timeout"
        hba.write_text(good[0])
        conf.write_text(good[1])
        assert told(cluster) == []


@pytest.mark.pg
def test_a_setting_that_waits_for_a_restart_or_is_overridden_is_no_file_error(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        append(cluster.data_directory / "postgresql.conf", "work_mem = '5MB'\nmax_locks_per_transaction = 77")
        with cluster.connect() as connection:
            connection.execute("alter system set work_mem = '6MB'")
            connection.execute("select pg_reload_conf()")
            assert waits_for_restart(cluster)
        assert told(cluster) == []


def waits_for_restart(cluster: PrivateCluster) -> bool:
    """Whether the server has seen the change, in a moment."""

    def seen() -> bool:
        with cluster.connect() as connection:
            row = connection.execute("select count(*) from pg_settings where pending_restart").fetchone()
            return row is not None and row[0] > 0

    eventually(seen)
    return True


@pytest.mark.pg
def test_a_bad_line_of_alter_system_is_repaired_by_the_checks_own_fix(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        append(cluster.data_directory / "postgresql.auto.conf", "no_such_setting = 'x'")
        (finding,) = findings_of(FILE_ERRORS, look(cluster.dsn))
        assert str(finding.object) == "no_such_setting"
        assert finding.fix is None or finding.fix.sql[0] == "alter system reset no_such_setting"
