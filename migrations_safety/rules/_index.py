"""Which rules a statement concerns. Written by `python -m migrations_safety.rule_index`, never by hand."""

from __future__ import annotations

TRIGGERS: dict[str, tuple[str, ...]] = {
    "+held": ("work_while_holding_strong_lock",),
    "+lock": (
        "require_application_name",
        "require_lock_timeout",
        "require_transaction_timeout",
    ),
    "+refused": (
        "concurrently_in_transaction",
        "refused_by_server",
    ),
    "+waits": (
        "nontransactional_mixed",
        "timeout_stops_concurrent_build",
    ),
    "+work": (
        "blocks_while_working",
        "require_statement_timeout",
    ),
    "AlterEnum": ("enum_value_used_in_same_tx",),
    "AlterSystem": ("nontransactional_mixed",),
    "AlterTable:ADD_COLUMN": (
        "add_column_constrained_domain",
        "add_column_generated_stored",
        "add_column_identity",
        "add_column_inline_check",
        "add_column_inline_fk",
        "add_column_inline_unique",
        "add_column_serial",
        "add_column_volatile_default",
    ),
    "AlterTable:ADD_CONSTRAINT:CHECK": ("prefer_native_not_null_not_valid",),
    "AlterTable:ADD_CONSTRAINT:NOTNULL": ("set_not_null_scan",),
    "AlterTable:ATTACH_PARTITION": ("attach_partition_scan",),
    "AlterTable:DETACH_PARTITION": ("detach_partition_not_concurrent",),
    "AlterTable:SET_NOT_NULL": (
        "set_not_null_proof_dropped_same_command",
        "set_not_null_scan",
    ),
    "CreateIndex": (
        "index_not_concurrent",
        "index_on_partitioned_parent",
    ),
    "CreateTable": ("create_partition_of_live_parent",),
    "Delete": ("delete_update_without_where",),
    "Drop:INDEX": ("drop_index_not_concurrent",),
    "Drop:TABLE": ("drop_partition_locks_parent",),
    "Reindex": (
        "reindex_not_concurrent",
        "reindex_partitioned_concurrently",
    ),
    "Set": ("lock_timeout_bad_value",),
    "Transaction": (
        "many_savepoints",
        "transaction_control_in_migration",
        "unclosed_transaction",
    ),
    "Update": ("delete_update_without_where",),
    "Vacuum": ("nontransactional_mixed",),
}
"""Names of rule modules by what makes them look."""

PROFILES: dict[str, str] = {
    "add_column_constrained_domain": "default",
    "add_column_generated_stored": "default",
    "add_column_identity": "default",
    "add_column_inline_check": "default",
    "add_column_inline_fk": "default",
    "add_column_inline_unique": "default",
    "add_column_serial": "default",
    "add_column_volatile_default": "default",
    "attach_partition_scan": "default",
    "blocks_while_working": "default",
    "concurrently_in_transaction": "default",
    "create_partition_of_live_parent": "default",
    "delete_update_without_where": "default",
    "detach_partition_not_concurrent": "default",
    "drop_index_not_concurrent": "default",
    "drop_partition_locks_parent": "default",
    "enum_value_used_in_same_tx": "default",
    "index_not_concurrent": "default",
    "index_on_partitioned_parent": "default",
    "lock_timeout_bad_value": "default",
    "many_savepoints": "strict",
    "nontransactional_mixed": "strict",
    "prefer_native_not_null_not_valid": "pedantic",
    "refused_by_server": "default",
    "reindex_not_concurrent": "default",
    "reindex_partitioned_concurrently": "default",
    "require_application_name": "pedantic",
    "require_lock_timeout": "default",
    "require_statement_timeout": "strict",
    "require_transaction_timeout": "strict",
    "set_not_null_proof_dropped_same_command": "default",
    "set_not_null_scan": "default",
    "timeout_stops_concurrent_build": "strict",
    "transaction_control_in_migration": "default",
    "unclosed_transaction": "default",
    "work_while_holding_strong_lock": "default",
}
"""The least profile that runs each rule, by module."""

SQUAWK: dict[str, tuple[str, ...]] = {
    "adding-field-with-default": (
        "add-column-generated-stored",
        "add-column-volatile-default",
    ),
    "adding-foreign-key-constraint": ("add-column-inline-fk",),
    "adding-not-nullable-field": ("set-not-null-scan",),
    "adding-serial-primary-key-field": ("add-column-serial",),
    "ban-concurrent-index-creation-in-transaction": ("concurrently-in-transaction",),
    "ban-uncommitted-transaction": ("unclosed-transaction",),
    "constraint-missing-not-valid": ("add-column-inline-check",),
    "disallowed-unique-constraint": ("add-column-inline-unique",),
    "require-concurrent-index-creation": (
        "index-not-concurrent",
        "index-on-partitioned-parent",
    ),
    "require-concurrent-index-deletion": ("drop-index-not-concurrent",),
    "require-timeout-settings": ("require-lock-timeout",),
    "transaction-nesting": ("transaction-control-in-migration",),
}
"""Ids of our rules by the name of squawk's."""
