"""What two or more auditors check is checked here too, under the same id or an alias of it."""

from __future__ import annotations

from probes.check import built_in_checks

EXPECTED = [
    "indexes/unindexed_foreign_key",
    "indexes/foreign_key_index_questionable",
    "indexes/duplicate",
    "indexes/redundant_prefix",
    "indexes/invalid",
    "indexes/unused",
    "indexes/rarely_used",
    "indexes/seldom_used_large",
    "indexes/high_write_non_btree",
    "indexes/missing_by_seq_scans",
    "indexes/suggested_for_workload",
    "indexes/suggested_verified_by_hypopg",
    "indexes/btree_bloat_estimated",
    "indexes/low_cache_hit",
    "indexes/size_inventory",
    "indexes/build_in_progress",
    "constraints/missing_primary_key",
    "constraints/not_validated",
    "constraints/foreign_key_type_mismatch",
    "constraints/pk_too_many_columns",
    "constraints/pk_not_first_column",
    "schema/identifier_needs_quoting",
    "schema/identifier_is_reserved_word",
    "schema/type_json",
    "schema/type_timestamp_without_tz",
    "schema/type_varchar_n",
    "schema/type_large_object",
    "schema/serial_column",
    "schema/pk_serial",
    "schema/inconsistent_column_types",
    "schema/incrementing_columns",
    "schema/single_or_zero_column_table",
    "schema/all_columns_nullable",
    "schema/empty_table",
    "schema/missing_table_comment",
    "schema/missing_column_comment",
    "security/rls_disabled_exposed_table",
    "security/public_can_create_in_schema",
    "security/password_encryption_weak",
    "security/hba_trust_or_password",
    "config/log_hostname_on",
    "config/auth_delay_developer",
    "config/fsync_off",
    "config/autovacuum_off",
    "config/planner_method_disabled",
    "config/shared_buffers",
    "config/memory_overcommit_risk",
    "config/maintenance_work_mem_low",
    "config/effective_cache_size",
    "config/huge_pages",
    "config/autovacuum_cost_limit",
    "config/timeouts_unset",
    "config/changed_since_baseline",
    "config/non_default_inventory",
    "config/role_or_database_overrides",
    "workload/pg_stat_statements_missing",
    "workload/top_by_total_time",
    "workload/top_by_mean_time",
    "workload/top_by_calls",
    "workload/top_by_io",
    "workload/profile_by_statement_type",
    "workload/cache_hit_ratio_low",
    "workload/table_cache_hit",
    "workload/temp_files",
    "workload/rollback_ratio",
    "workload/deadlocks",
    "workload/seq_scan_heavy_tables",
    "workload/never_read_table",
    "workload/forced_checkpoints",
    "workload/stats_reset_recent",
    "vacuum/table_bloat_estimated",
    "vacuum/dead_tuples",
    "vacuum/autovacuum_overdue",
    "vacuum/autovacuum_overrides",
    "vacuum/vacuum_stale",
    "vacuum/analyze_stale",
    "vacuum/xid_wraparound_database",
    "vacuum/xid_wraparound_table",
    "vacuum/freeze_max_age_near",
    "vacuum/running_vacuum",
    "storage/database_size",
    "storage/growth",
    "storage/relation_size",
    "storage/tablespace_in_pgdata",
    "replication/replica_lag_seconds",
    "replication/standby_lag_bytes",
    "replication/inactive_slot",
    "replication/slot_retained_wal",
    "replication/replay_paused",
    "sequences/near_exhaustion",
    "sessions/connections_near_max",
    "sessions/too_many_connections_absolute",
    "sessions/by_state_and_source",
    "sessions/idle_in_transaction",
    "sessions/long_running_query",
    "sessions/long_transaction",
    "sessions/blocked_sessions",
    "sessions/lock_count",
    "sessions/prepared_transactions",
    "sessions/connect_probe",
    "durability/data_checksums_off",
    "durability/checksum_failures",
    "durability/archiver_failing",
    "durability/wal_files",
    "durability/recent_restart",
    "extensions/outdated",
    "extensions/inventory",
    "versions/minor_outdated",
    "versions/major_eol",
]

LEFT_OUT = {
    "indexes/suggested_verified_by_hypopg": (
        "needs an extension in the audited database, and EXPLAIN of statements over tables that an audit role must not "
        "be able to read; indexes/suggested_for_workload proposes from evidence that is there"
    ),
    "config/changed_since_baseline": (
        "what changed is a comparison of two scans: --baseline and --new-only make it for every check at once"
    ),
    "storage/growth": "likewise a difference of two scans: storage/database_size and relation_size carry the figures",
    "sessions/connect_probe": "a scan that connects has answered it; exit code 3 says that one could not, and why",
}
MOST_LEFT_OUT = 5


def test_every_common_check_is_there_or_left_out_with_a_reason() -> None:
    known = {name for check in built_in_checks() for name in (check.id, *check.aliases)}
    assert sorted(set(EXPECTED) - known - set(LEFT_OUT)) == []
    assert len(LEFT_OUT) <= MOST_LEFT_OUT
    assert not known & set(LEFT_OUT)


def test_there_are_at_least_150_checks() -> None:
    assert len(built_in_checks()) >= 150
