"""How strongly each subcommand of ALTER TABLE locks its table (AlterTableGetLockLevel)."""

from __future__ import annotations

from migrations_safety.effects.run import AE, SRE, SUE
from probes.catalog.locks import LockMode
from probes.sql.tree.atoms import PartitionCmd
from probes.sql.tree.enums import AlterTableType as A
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import Constraint, DefElem
from probes.sql.tree.tables import AlterTableCommand

_WEAK = frozenset(
    {
        A.SET_STATISTICS,
        A.SET_OPTIONS,
        A.RESET_OPTIONS,
        A.CLUSTER_ON,
        A.DROP_CLUSTER,
        A.VALIDATE_CONSTRAINT,
        A.ATTACH_PARTITION,
        A.DETACH_PARTITION_FINALIZE,
    }
)
_TRIGGERS = frozenset(
    {
        A.ENABLE_TRIG,
        A.ENABLE_ALWAYS_TRIG,
        A.ENABLE_REPLICA_TRIG,
        A.DISABLE_TRIG,
        A.ENABLE_TRIG_ALL,
        A.DISABLE_TRIG_ALL,
        A.ENABLE_TRIG_USER,
        A.DISABLE_TRIG_USER,
    }
)
_STRONG_OPTIONS = frozenset(
    {
        "user_catalog_table",
        "security_barrier",
        "security_invoker",
        "check_option",
        "fastupdate",
        "buffering",
        "pages_per_range",
        "autosummarize",
        "gin_pending_list_limit",
    }
)


def lock_level(command: AlterTableCommand) -> LockMode:
    """The mode that one subcommand asks for."""
    if command.kind in _WEAK:
        return SUE
    if command.kind in _TRIGGERS:
        return SRE
    match command.kind, command.definition:
        case A.SET_REL_OPTIONS | A.RESET_REL_OPTIONS | A.REPLACE_REL_OPTIONS, options:
            return _options_level(options)
        case A.ADD_CONSTRAINT, Constraint(kind=ConstraintType.FOREIGN):
            return SRE
        case A.DETACH_PARTITION, PartitionCmd(concurrent=True):
            return SUE
        case _:
            return AE


def _options_level(definition: object) -> LockMode:
    if not isinstance(definition, tuple):
        return AE
    strong = any(isinstance(option, DefElem) and option.name in _STRONG_OPTIONS for option in definition)
    return AE if strong else SUE
