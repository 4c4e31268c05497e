"""Configuration checks on private servers: files and settings of a whole cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgSetting
from probes.checks.config import durability_settings, logging_settings, resource_settings
from probes.checks.security import settings
from probes.finding import Finding, Severity
from tests.probes.checks.states import findings_of, look, outcome_of
from tests.servers import PrivateCluster, Server, private_cluster
from tests.waiting import eventually

FILE_ERRORS = "config/file_errors"
GIGABYTE = 1 << 30


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


# A bad value for every row of the tables of settings: check, setting, value. Rows of one group can be bad together.
BAD = {
    "quiet": (
        ("config/fsync_off", "fsync", "off"),
        ("config/full_page_writes_off", "full_page_writes", "off"),
        ("config/synchronous_commit_off", "synchronous_commit", "off"),
        ("config/wal_level_minimal", "wal_level", "minimal"),
        ("config/autovacuum_off", "autovacuum", "off"),
        ("config/track_counts_off", "track_counts", "off"),
        ("config/zero_damaged_pages_on", "zero_damaged_pages", "on"),
        ("config/ignore_system_indexes_on", "ignore_system_indexes", "on"),
        ("config/restart_after_crash_off", "restart_after_crash", "off"),
        ("config/wal_sync_method", "wal_sync_method", "open_datasync"),
        ("config/data_sync_retry_on", "data_sync_retry", "on"),
        ("config/log_destination_unset", "log_destination", ""),
        ("config/log_file_mode", "log_file_mode", "0644"),
        ("config/log_min_messages", "log_min_messages", "error"),
        ("config/log_min_error_statement", "log_min_error_statement", "fatal"),
        ("config/debug_print", "debug_print_rewritten", "on"),
        ("config/log_hostname_on", "log_hostname", "on"),
        ("config/log_line_prefix", "log_line_prefix", "%p "),
        ("config/log_statement_none", "log_statement", "none"),
        ("config/log_connections_off", "log_connections", "off"),
        ("config/log_disconnections_off", "log_disconnections", "off"),
        ("config/log_lock_waits_off", "log_lock_waits", "off"),
        ("config/log_temp_files_off", "log_temp_files", "-1"),
        ("config/log_checkpoints_off", "log_checkpoints", "off"),
        ("config/log_autovacuum_off", "log_autovacuum_min_duration", "-1"),
        ("config/slow_query_log_off", "log_min_duration_statement", "-1"),
        ("config/log_replication_commands_off", "log_replication_commands", "off"),
        ("config/log_timezone", "log_timezone", "Europe/Berlin"),
        ("config/log_truncate_on_rotation", "log_truncate_on_rotation", "off"),
        ("config/work_mem_low", "work_mem", "1MB"),
        ("config/effective_cache_size", "effective_cache_size", "1MB"),
        ("config/random_page_cost_storage", "random_page_cost", "4"),
        ("config/cost_constants_modified", "cpu_operator_cost", "0.1"),
        ("config/checkpoint_completion_target", "checkpoint_completion_target", "0.5"),
        ("config/checkpoint_warning_off", "checkpoint_warning", "0"),
        ("config/checkpoint_timeout_short", "checkpoint_timeout", "30s"),
        ("config/wal_buffers", "wal_buffers", "256kB"),
        ("config/superuser_reserved_connections", "superuser_reserved_connections", "0"),
        ("config/synchronize_seqscans_off", "synchronize_seqscans", "off"),
        ("config/autovacuum_cost_limit", "autovacuum_vacuum_cost_delay", "20ms"),
        ("config/pre_auth_delay", "post_auth_delay", "1s"),
        ("config/track_io_timing_off", "track_io_timing", "off"),
    ),
    "open": (
        ("security/password_encryption_weak", "password_encryption", "md5"),
        ("security/listen_addresses_wildcard", "listen_addresses", "localhost, ::"),
        ("security/ssl_off", "ssl", "off"),
        ("security/ssl_min_protocol", "ssl_min_protocol_version", "TLSv1.1"),
        ("security/ssl_prefer_server_ciphers_off", "ssl_prefer_server_ciphers", "off"),
        ("security/authentication_timeout_long", "authentication_timeout", "2min"),
        ("security/unix_socket_world_writable", "unix_socket_permissions", "0777"),
        ("security/allow_system_table_mods_on", "allow_system_table_mods", "on"),
        ("security/pgaudit_missing", "shared_preload_libraries", "pg_stat_statements"),
        ("security/no_auth_delay", "shared_preload_libraries", "pg_stat_statements"),
    ),
    "loud": (
        ("config/logging_collector_off", "log_destination", "csvlog"),
        ("config/log_statement_heavy", "log_statement", "mod"),
        ("config/slow_query_log_too_low", "log_min_duration_statement", "10ms"),
        ("config/superuser_reserved_connections", "superuser_reserved_connections", "30"),
        ("config/checkpoint_completion_target", "checkpoint_completion_target", "1"),
    ),
}
BESIDE = {"log_filename": "postgresql-%a.log", "max_wal_senders": "0", "archive_mode": "off"}
"""What makes the bad values bad, or possible."""
ADVISED = {
    "config/effective_cache_size",
    "security/listen_addresses_wildcard",
    "security/ssl_off",
    "security/pgaudit_missing",
    "security/no_auth_delay",
}
"""Rows whose right value only the user knows."""


def set_all(cluster: PrivateCluster, settings: dict[str, str]) -> None:
    with cluster.connect() as connection:
        for name, value in settings.items():
            connection.execute(f"alter system set {name} = '{value}'")
    cluster.restart()


@pytest.mark.parametrize("group", BAD)
@pytest.mark.pg
def test_every_bad_setting_is_reported_and_repaired_by_its_own_fix(pg_major: int, group: str) -> None:
    with private_cluster(pg_major) as cluster:
        set_all(cluster, {**BESIDE, **{setting: value for _, setting, value in BAD[group]}})
        bad = look(cluster.dsn)
        with cluster.connect() as connection:
            for check, _, _ in BAD[group]:
                (finding,) = findings_of(check, bad)
                assert (finding.fix is None) == (check in ADVISED), check
                for statement in finding.fix.sql if finding.fix else ():
                    connection.execute(statement.encode())
        cluster.restart()
        good = look(cluster.dsn)
        left = {check for check, _, _ in BAD[group] if findings_of(check, good)}
        assert left == ADVISED & {check for check, _, _ in BAD[group]}


MODULES = (durability_settings, logging_settings, resource_settings, settings)


def test_every_row_of_the_settings_tables_has_a_bad_value_here() -> None:
    rows = {check.id for module in MODULES for check in module.CHECKS}
    assert rows - {check for group in BAD.values() for check, _, _ in group} == SEEN_IN_THE_PICTURE


SEEN_IN_THE_PICTURE = {
    "config/shared_buffers",
    "config/maintenance_work_mem_low",
    "config/huge_pages",
    "config/autovacuum_untuned",
    "security/ssl_weak_ciphers",
    "security/no_password_policy_library",
}
"""Rows that need what a test server lacks (data, memory, TLS): they are judged on a picture that was changed."""


@pytest.mark.pg
def test_settings_are_judged_by_how_much_data_there_is(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        set_all(cluster, {"maintenance_work_mem": "64MB", "shared_buffers": "128MB"})
        with cluster.connect() as connection:
            connection.execute("create table heap (id int); create table own (id int)")
        real = look(cluster.dsn)
        large = with_tables(real, pages=2_000_000, tuples=200_000_000.0)
    for check in ("config/shared_buffers", "config/maintenance_work_mem_low", "config/autovacuum_untuned"):
        assert findings_of(check, real) == ()
        assert len(findings_of(check, large)) == 1
    tuned = with_tables(real, tuples=200_000_000.0, options=("autovacuum_vacuum_scale_factor=0.01",))
    assert findings_of("config/autovacuum_untuned", tuned) == ()


def with_tables(catalog: Catalog, **changes: object) -> Catalog:
    rows = tuple(msgspec.structs.replace(row, **changes) for row in catalog.rows(PgClass))
    return catalog.replacing({PgClass: rows})


@pytest.mark.pg
def test_huge_pages_matter_for_large_shared_buffers_only(pg_major: int) -> None:
    with private_cluster(pg_major, settings={"huge_pages": "off"}) as cluster:
        catalog = look(cluster.dsn)
    assert findings_of("config/huge_pages", catalog) == ()
    assert len(findings_of("config/huge_pages", with_settings(catalog, shared_buffers="2097152"))) == 1


def with_settings(catalog: Catalog, **values: str) -> Catalog:
    rows = tuple(
        msgspec.structs.replace(row, value=values[row.name], reset_value=values[row.name])
        if row.name in values
        else row
        for row in catalog.rows(PgSetting)
    )
    return catalog.replacing({PgSetting: rows})


@pytest.mark.pg(">= 18")
def test_ciphers_are_weak_only_where_they_are_let_in_and_tls_is_on(server: Server) -> None:
    check, catalog = "security/ssl_weak_ciphers", look(server.dsn)
    for ciphers, count in (
        ("HIGH:MEDIUM:+3DES:!aNULL", 1),
        ("HIGH:!aNULL:!MD5", 0),
        ("ECDHE+AESGCM:!RC4", 0),
        ("ALL", 1),
    ):
        assert len(findings_of(check, with_settings(catalog, ssl="on", ssl_ciphers=ciphers))) == count, ciphers
        assert findings_of(check, with_settings(catalog, ssl="off", ssl_ciphers=ciphers)) == ()


@pytest.mark.pg(">= 18")
def test_a_password_policy_is_missed_only_where_passwords_are_used(pg_major: int) -> None:
    check = "security/no_password_policy_library"
    with private_cluster(pg_major, tcp=True) as cluster:
        catalog = look(cluster.dsn)
        assert len(findings_of(check, catalog)) == 1
        assert findings_of(check, with_settings(catalog, shared_preload_libraries="passwordcheck")) == ()
    with private_cluster(pg_major) as cluster:
        assert findings_of(check, look(cluster.dsn)) == ()


@pytest.mark.pg
def test_a_setting_that_waits_for_a_restart_is_reported_until_then(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        assert findings_of("config/pending_restart", look(cluster.dsn)) == ()
        with cluster.connect() as connection:
            connection.execute("alter system set max_locks_per_transaction = 99")
            connection.execute("select pg_reload_conf()")
        assert waits_for_restart(cluster)
        (finding,) = findings_of("config/pending_restart", look(cluster.dsn))
        assert finding.object.name == "max_locks_per_transaction"
        cluster.restart()
        assert findings_of("config/pending_restart", look(cluster.dsn)) == ()


@pytest.mark.pg
def test_memory_is_promised_too_often_only_against_memory_that_is_known(pg_major: int) -> None:
    check = "config/memory_overcommit_risk"
    with private_cluster(pg_major, settings={"max_connections": "20"}) as cluster:
        modest = outcome_of(check, look(cluster.dsn))  # any machine has as much
        assert (modest.findings, modest.skipped) == ((), ())
        assert findings_of(check, look(cluster.dsn), machine_memory_bytes=16 * GIGABYTE) == ()
        with cluster.connect() as connection:
            connection.execute("alter system set work_mem = '1GB'")
            connection.execute("alter system set autovacuum_work_mem = '64MB'")
            connection.execute("select pg_reload_conf()")
        eventually(lambda: shown(cluster, "work_mem") == "1GB")
        unknown = outcome_of(check, look(cluster.dsn))
        assert [skip.reason for skip in unknown.skipped] == ["how much memory the machine has is not known"]
        assert unknown.findings == ()
        (finding,) = findings_of(check, look(cluster.dsn), machine_memory_bytes=16 * GIGABYTE)
        with cluster.connect() as connection:
            row = connection.execute(
                "select pg_size_bytes(current_setting('shared_buffers')) + 20 * 1073741824::int8 "
                "+ current_setting('autovacuum_max_workers')::int8 * 67108864"
            ).fetchone()
        assert row == (finding.evidence["promised_bytes"],)
        with cluster.connect() as connection:
            connection.execute("alter system set effective_cache_size = '12GB'")
            connection.execute("select pg_reload_conf()")
        eventually(lambda: shown(cluster, "effective_cache_size") == "12GB")
        (implied,) = findings_of(check, look(cluster.dsn))
        assert implied.evidence["memory_bytes"] == 16 * GIGABYTE
        assert findings_of(check, look(cluster.dsn), machine_memory_bytes=64 * GIGABYTE) == ()


def shown(cluster: PrivateCluster, name: str) -> str:
    with cluster.connect() as connection:
        row = connection.execute("select current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.pg
def test_a_server_is_untouched_until_one_setting_is_fitted_and_that_is_listed(pg_major: int) -> None:
    untouched, inventory = "config/important_params_at_default", "config/non_default_inventory"
    as_shipped = {"shared_buffers": "128MB", "max_wal_size": "1GB", "work_mem": "4MB", "maintenance_work_mem": "64MB"}
    with private_cluster(pg_major, settings={**as_shipped, "max_connections": "100"}) as cluster:
        catalog = look(cluster.dsn)
        (small,) = findings_of(untouched, catalog)
        assert small.severity is Severity.INFO
        assert (small.evidence["shared_buffers_bytes"], small.evidence["work_mem_bytes"]) == (128 << 20, 4 << 20)
        (large,) = findings_of(untouched, catalog, large_database_bytes=0)
        assert large.severity is Severity.LOW
        assert not any(name in listed(catalog) for name in ("work_mem", "max_connections", "shared_buffers"))
        with cluster.connect() as connection:
            connection.execute("alter system set work_mem = '5MB'")
            connection.execute("alter system set checkpoint_timeout = '7min'")
            connection.execute("select pg_reload_conf()")
        eventually(lambda: shown(cluster, "work_mem") == "5MB")
        assert findings_of(untouched, look(cluster.dsn)) == ()
        (finding,) = findings_of(inventory, look(cluster.dsn))
        assert "work_mem = 5120kB (configuration file)" in str(finding.evidence["settings"])
        assert {"work_mem", "checkpoint_timeout"} <= listed(look(cluster.dsn)) - listed(catalog)


def listed(catalog: Catalog) -> set[str]:
    lines = [line for finding in findings_of("config/non_default_inventory", catalog) for line in _lines(finding)]
    return {line.partition(" = ")[0] for line in lines}


def _lines(finding: Finding) -> tuple[str, ...]:
    lines = finding.evidence["settings"]
    assert isinstance(lines, tuple)
    return lines
