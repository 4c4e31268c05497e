"""Foreign keys of a column that another takes the place of: declared on the new one at once, proved before the swap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrations_safety.rewrites.exchange import Exchange, beside, name_of_row
from migrations_safety.rewrites.model import RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint

_ACTIONS = {"a": "", "r": " restrict", "c": " cascade", "n": " set null", "d": " set default"}


def carried_keys(step: Step, relation: PgClass, column: PgAttribute) -> list[PgConstraint]:
    """The foreign keys with that column at either end, those of the table itself first."""
    own = [row for row in step.look.constraints(relation) if row.kind == "f" and column.number in row.columns]
    others = [
        row
        for row in step.look.run.world.where(PgConstraint, "referenced", relation.oid)
        if row.kind == "f" and column.number in row.referenced_columns and row not in own
    ]
    return own + sorted(others, key=lambda row: (row.relation, row.name))


def is_plain_key(step: Step, row: PgConstraint) -> bool:
    """Whether what is known of it says everything about it, and it can be declared without a look at the rows."""
    table = step.look.run.world.one(PgClass, row.relation)
    is_whole = row.enforced and not (row.parent or row.without_overlaps or row.on_delete_columns)
    return is_whole and table is not None and table.kind == "r"


def referencing(exchange: Exchange, rows: Iterable[PgConstraint]) -> list[PgClass]:
    """The other tables that have these keys."""
    oids = dict.fromkeys(row.relation for row in rows if row.relation != exchange.relation.oid)
    return [found for oid in oids if (found := exchange.run.world.one(PgClass, oid)) is not None]


def new_key(exchange: Exchange, row: PgConstraint) -> Iterator[RewriteStep]:
    """The key on the new column, not validated, and its validation."""
    head, name = _head(exchange, row), _new_name(row)
    yield RewriteStep(f"{head} add constraint {name} {_definition(exchange, row)} not valid")
    if row.validated:
        yield RewriteStep(f"{head} validate constraint {name}")


def drop_new_key(exchange: Exchange, row: PgConstraint) -> str:
    """What takes the new key back."""
    return f"{_head(exchange, row)} drop constraint if exists {_new_name(row)}"


def outlives_column(exchange: Exchange, row: PgConstraint) -> bool:
    """Whether the key does not go with the column, but holds it fast from the other end."""
    return row.relation != exchange.relation.oid or exchange.column.number not in row.columns


def drop_old_key(exchange: Exchange, row: PgConstraint) -> str:
    """What takes the old key away, so that the column can go."""
    return f"{_head(exchange, row)} drop constraint {quoted(row.name)}"


def take_over_key(exchange: Exchange, row: PgConstraint) -> str:
    """What gives the new key the name of the old, once that is gone."""
    return f"{_head(exchange, row)} rename constraint {_new_name(row)} to {quoted(row.name)}"


def _head(exchange: Exchange, row: PgConstraint) -> str:
    table = exchange.run.world.one(PgClass, row.relation)
    if table is None or row.relation == exchange.relation.oid:
        return exchange.head
    return f"alter table {name_of_row(exchange.run, table)}"


def _new_name(row: PgConstraint) -> str:
    return quoted(beside(row.name))


def _columns(exchange: Exchange, relation: int, numbers: tuple[int, ...]) -> str:
    if relation == exchange.relation.oid:
        return ", ".join(exchange.columns(numbers))
    return ", ".join(map(quoted, exchange.run.column_names(relation, numbers)))


def _definition(exchange: Exchange, row: PgConstraint) -> str:
    partner = exchange.run.world.one(PgClass, row.referenced)
    assert partner is not None  # noqa: S101 - a key in the catalog references something
    keys = _columns(exchange, row.referenced, row.referenced_columns)
    match = " match full" if row.match == "f" else ""
    actions = "".join(
        f" on {event}{_ACTIONS[action]}"
        for event, action in (("update", row.on_update), ("delete", row.on_delete))
        if _ACTIONS.get(action)
    )
    deferral = " deferrable" if row.deferrable else ""
    deferral += " initially deferred" if row.initially_deferred else ""
    own = _columns(exchange, row.relation, row.columns)
    table = name_of_row(exchange.run, partner)
    return f"foreign key ({own}) references {table} ({keys}){match}{actions}{deferral}"
