"""Storage parameters as the catalog holds them."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.run import Rel, Run
from probes.sql.tree.parts import DefElem, TypeName
from probes.sql.tree.tables import AlterTableCommand

_PARTITIONED_CODE_SINCE = 16


def reloptions(options: Iterable[DefElem]) -> tuple[str, ...]:
    """`name=value` for each option of the relation itself; those of its TOAST table are left out."""
    return tuple(f"{one.name}={option_text(one)}" for one in options if one.namespace is None and one.name != "oids")


def option_text(option: DefElem) -> str:
    """The value of a storage parameter."""
    value = option.value
    if value is None or value is True:
        return "true"
    if value is False:
        return "false"
    return ".".join(value.names) if isinstance(value, TypeName) else str(value)


_AUTOVACUUM = frozenset(
    {
        "autovacuum_enabled",
        "autovacuum_vacuum_threshold",
        "autovacuum_vacuum_max_threshold",
        "autovacuum_vacuum_insert_threshold",
        "autovacuum_analyze_threshold",
        "autovacuum_vacuum_cost_limit",
        "autovacuum_vacuum_cost_delay",
        "autovacuum_freeze_min_age",
        "autovacuum_multixact_freeze_min_age",
        "autovacuum_freeze_max_age",
        "autovacuum_multixact_freeze_max_age",
        "autovacuum_freeze_table_age",
        "autovacuum_multixact_freeze_table_age",
        "log_autovacuum_min_duration",
        "autovacuum_vacuum_scale_factor",
        "autovacuum_vacuum_insert_scale_factor",
        "autovacuum_analyze_scale_factor",
        "vacuum_index_cleanup",
        "vacuum_truncate",
        "vacuum_max_eager_freeze_failure_rate",
        "parallel_workers",
        "user_catalog_table",
        "toast_tuple_target",
        "fillfactor",
    }
)
_VIEW = frozenset({"security_barrier", "security_invoker", "check_option"})
_INDEX = frozenset(
    {
        "fillfactor",
        "deduplicate_items",
        "vacuum_cleanup_index_scale_factor",
        "buffering",
        "fastupdate",
        "gin_pending_list_limit",
        "pages_per_range",
        "autosummarize",
    }
)


def check_options(run: Run, relation: Rel, options: list[DefElem], *, reset: bool) -> None:
    """Refuse parameters that the kind of relation does not have.

    Raises:
        Refused: 22023, the parameter is not recognized; 42809, a partitioned table has none.
    """
    own = [option for option in options if option.namespace is None]
    if reset or run.is_assumed(relation):
        return
    if relation.kind == "p":
        if own:
            run.refuse(
                "42809" if run.major >= _PARTITIONED_CODE_SINCE else "22023",
                "cannot specify storage parameters for a partitioned table",
            )
        return
    known = {"v": _VIEW, "i": _INDEX}.get(relation.kind, _AUTOVACUUM)
    for option in own:
        if option.name not in known:
            run.refuse("22023", f"unrecognized parameter {option.name}")


def merged(old: tuple[str, ...], options: list[DefElem], *, reset: bool) -> tuple[str, ...]:
    """Options after SET or RESET."""
    names = {option.name for option in options}
    kept = [one for one in old if one.partition("=")[0] not in names]
    if reset:
        return tuple(kept)
    return (*kept, *(f"{option.name}={option_text(option)}" for option in options))


def options_of(command: AlterTableCommand) -> list[DefElem]:
    """The options that a subcommand sets or resets."""
    definition = command.definition
    return [one for one in definition if isinstance(one, DefElem)] if isinstance(definition, tuple) else []
