"""Foreign keys of a column that another takes the place of: declared on the new one at once, proved before the swap."""

from __future__ import annotations

from migrations_safety.effects.naming import make_object_name
from migrations_safety.rewrites.model import RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint

_ACTIONS = {"a": "", "r": " restrict", "c": " cascade", "n": " set null", "d": " set default"}


def carried_keys(step: Step, relation: PgClass, column: PgAttribute) -> list[PgConstraint]:
    """The foreign keys of that column alone."""
    return [row for row in step.look.constraints(relation) if row.kind == "f" and row.columns == (column.number,)]


def is_plain_key(row: PgConstraint) -> bool:
    """Whether what is known of it says everything about it."""
    is_whole = row.validated and row.enforced and not (row.parent or row.without_overlaps or row.on_delete_columns)
    return is_whole and row.referenced != row.relation


def new_key(step: Step, head: str, row: PgConstraint, new: str) -> tuple[RewriteStep, RewriteStep]:
    """The key on the new column, not validated, and its validation."""
    name = quoted(make_object_name(row.name, "", "new"))
    return (
        RewriteStep(f"{head} add constraint {name} {_definition(step, row, new)} not valid"),
        RewriteStep(f"{head} validate constraint {name}"),
    )


def take_over_key(head: str, row: PgConstraint) -> str:
    """What gives the new key the name of the old, once that is gone."""
    return f"{head} rename constraint {quoted(make_object_name(row.name, '', 'new'))} to {quoted(row.name)}"


def _definition(step: Step, row: PgConstraint, column: str) -> str:
    run = step.look.run
    partner = run.world.relation(row.referenced)
    assert partner is not None  # noqa: S101 - a key in the catalog references something
    table = f"{quoted(run.world.schema_name(partner.namespace))}.{quoted(partner.name)}"
    keys = ", ".join(map(quoted, run.column_names(row.referenced, row.referenced_columns)))
    match = " match full" if row.match == "f" else ""
    actions = "".join(
        f" on {event}{_ACTIONS[action]}"
        for event, action in (("update", row.on_update), ("delete", row.on_delete))
        if _ACTIONS.get(action)
    )
    deferral = " deferrable" if row.deferrable else ""
    deferral += " initially deferred" if row.initially_deferred else ""
    return f"foreign key ({quoted(column)}) references {table} ({keys}){match}{actions}{deferral}"
