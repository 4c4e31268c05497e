"""What a recommendation is called, and what gets better by it."""

from __future__ import annotations

from pgaudit.review.deciding.issues import Issue

_NAMES: tuple[tuple[str, str], ...] = (
    ("config/autovacuum_off", "Switch autovacuum on"),
    ("config/file_errors", "Correct the configuration files"),
    ("config/fsync_off", "Switch fsync on"),
    ("config/full_page_writes_off", "Switch full_page_writes on"),
    ("config/log_lock_waits_off", "Log long lock waits"),
    ("config/slow_query_log_off", "Log slow statements"),
    ("config/timeouts_unset", "Set time limits"),
    ("config/track_counts_off", "Switch track_counts on"),
    ("constraints/disabled_trigger", "Enable the triggers again"),
    ("constraints/duplicate_foreign_key", "Drop the second foreign key"),
    ("constraints/foreign_key_type_mismatch", "Give both sides of the foreign key one type"),
    ("constraints/missing_foreign_key", "Declare the foreign keys"),
    ("constraints/missing_primary_key", "Give each table a primary key"),
    ("constraints/not_enforced", "Enforce the constraints"),
    ("constraints/not_null_not_valid", "Validate the NOT NULL constraints"),
    ("constraints/not_validated", "Validate the constraints"),
    ("durability/archiver_failing", "Get archiving to work again"),
    ("durability/archiving_off", "Archive WAL, and try a restore"),
    ("durability/checksum_failures", "Find the damaged pages, and restore them"),
    ("durability/collation_version_mismatch", "Rebuild the indexes, then refresh the collation's version"),
    ("indexes/btree_on_array", "Replace the btree by a GIN index"),
    ("indexes/duplicate", "Drop the duplicate indexes"),
    ("indexes/invalid", "Drop the invalid indexes, or complete them"),
    ("indexes/redundant_prefix", "Drop the indexes that wider ones replace"),
    ("indexes/unindexed_foreign_key", "Index the foreign keys"),
    ("money/amount_without_currency", "Say the currency of every amount"),
    ("money/financial_table_without_audit_trail", "Record changes of amounts"),
    ("partitioning/default_partition_rows", "Empty the default partition"),
    ("partitioning/missing_future_partitions", "Create the partitions to come"),
    ("replication/publication_without_identity", "Give the published tables an identity"),
    ("schema/money_as_float", "Keep amounts as numeric"),
    ("security/bypassrls_role", "Take BYPASSRLS from the login role"),
    ("security/definer_path_unsafe", "Set a safe search_path for the functions"),
    ("security/function_search_path_mutable", "Set a search_path for the functions"),
    ("security/hba_plain_host", "Ask for TLS"),
    ("security/hba_trust_or_password", "Ask for SCRAM passwords"),
    ("security/matview_exposed", "Put a filtered view before the materialized view"),
    ("security/owner_bypasses_rls", "Force row level security on the owners"),
    ("security/policy_always_true", "Write policies that restrict"),
    ("security/policy_without_rls", "Switch on the row level security that policies wait for"),
    ("security/public_can_create_in_schema", "Let only some roles create objects"),
    ("security/rls_disabled_exposed_table", "Put the exposed tables under row level security"),
    ("security/security_definer_executable", "Close the SECURITY DEFINER functions to everybody"),
    ("security/ssl_off", "Switch TLS on"),
    ("security/truncate_and_references_grants", "Revoke what reaches past policies"),
    ("security/view_runs_as_owner", "Have the views read as their caller"),
    ("sequences/behind_column_max", "Set the sequences past their columns"),
    ("sequences/int_primary_key", "Widen the keys"),
    ("sequences/near_exhaustion", "Make room before the numbers run out"),
    ("sessions/blocked_sessions", "End the session that others wait for"),
    ("sessions/idle_in_transaction", "End the idle transaction"),
    ("sessions/long_transaction", "End the long transaction"),
    ("storage/unlogged_table", "Log the table"),
    ("tenancy/foreign_key_can_cross_tenants", "Take the tenant into the foreign keys"),
    ("tenancy/policy_not_by_tenant", "Ask for the tenant in every policy"),
    ("tenancy/tenant_column_nullable", "Ask for a tenant in every row"),
    ("tenancy/unique_without_tenant", "Take the tenant into the unique keys"),
    ("vacuum/autovacuum_disabled_table", "Let autovacuum work on the table"),
    ("vacuum/xid_wraparound", "Freeze the old rows"),
    ("workload/pg_stat_statements_missing", "Create pg_stat_statements"),
    ("workload/slow_queries", "Make the heaviest statements cheaper"),
)

_EFFECTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("config/fsync", "config/full_page"), "A crash of the machine loses nothing that was committed"),
    (("config/timeouts",), "What hangs ends by itself, and its locks with it"),
    (("config/log_lock", "config/slow_query"), "The log names what was slow, or whom it waited for"),
    (("workload/pg_stat_statements",), "Statements are counted: the next review says which take the time"),
    (("sessions/",), "Locks are released, and VACUUM cleans up again"),
    (("config/file_errors",), "The files can be read again, at a reload and at the next start"),
    (("durability/archiv",), "A restore reaches a moment shortly before the loss"),
    (("vacuum/",), "Dead rows are removed and statistics renewed"),
    (("sequences/behind",), "Inserts no longer collide with rows that are there"),
    (("sequences/",), "Inserts go on: the numbers no longer end within reach"),
    (("constraints/disabled_trigger", "constraints/not_enforced"), "Writes that break the rule are refused again"),
    (("constraints/not_valid", "constraints/not_null_not"), "Old rows are proved to keep the rule"),
    (("constraints/missing_primary",), "Each row can be told apart, replicated and mended"),
    (
        ("security/rls", "security/policy", "security/owner", "security/view", "tenancy/"),
        "Sessions see their tenant alone",
    ),
    (("security/definer", "security/function", "security/security_definer"), "Callers can no longer borrow its rights"),
    (("security/hba", "security/login"), "Nobody gets in without proof, nor reads along"),
    (("security/",), "The privilege is gone for those who do not need it"),
    (("storage/unlogged",), "Rows survive a crash and reach replicas and backups"),
    (("partitioning/",), "New rows find a partition of their own"),
    (("durability/collation",), "Lookups find every row again"),
    (("indexes/duplicate", "indexes/redundant", "indexes/invalid"), "Writes, vacuum and backups have less to carry"),
    (("indexes/",), "Rows are found by an index"),
    (("schema/money",), "Sums are exact to the last digit"),
)


def solution_of(issue: Issue) -> str:
    """The name of what mends an issue; its title where there is none."""
    return next((name for check, name in _NAMES if issue.check.startswith(check)), issue.title)


def effect_of(issue: Issue) -> str:
    """What gets better."""
    return next((told for prefixes, told in _EFFECTS if issue.check.startswith(prefixes)), "The finding is gone")
