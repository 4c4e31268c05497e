"""Comments on a column that another takes the place of, and on what is made anew with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrations_safety.rewrites.carried_keys import carried_keys
from migrations_safety.rewrites.carried_sequences import owned_sequence
from migrations_safety.rewrites.exchange import Exchange, name_of_row
from probes.catalog.names import literal, qualified, quoted
from probes.catalog.rows import PgClass, PgConstraint, PgDescription


def comments(exchange: Exchange) -> Iterator[str]:
    """COMMENT ON for each that there is, to be run once everything has its old name."""
    run = exchange.run
    yield from _on(exchange, "pg_class", exchange.relation.oid, f"column {exchange.table}.{exchange.old}")
    for index in exchange.indexes:
        name = qualified(run.world.schema_name(index.namespace), index.name)
        yield from _on(exchange, "pg_class", index.oid, f"index {name}")
    for row in _constraints(exchange):
        table = run.world.one(PgClass, row.relation)
        named = exchange.table if table is None or table.oid == exchange.relation.oid else name_of_row(run, table)
        yield from _on(exchange, "pg_constraint", row.oid, f"constraint {quoted(row.name)} on {named}")
    sequence, _ = owned_sequence(exchange)
    if sequence is not None and exchange.column.identity:
        yield from _on(exchange, "pg_class", sequence.oid, f"sequence {name_of_row(run, sequence)}")


def _constraints(exchange: Exchange) -> Iterable[PgConstraint]:
    indexes = {index.oid for index in exchange.indexes}
    for row in exchange.step.look.constraints(exchange.relation):
        if row.kind in "pu" and row.index in indexes:
            yield row
    yield from carried_keys(exchange.step, exchange.relation, exchange.column)


def _on(exchange: Exchange, catalog: str, oid: int, what: str) -> Iterator[str]:
    column = exchange.column.number if oid == exchange.relation.oid else 0
    for row in exchange.run.world.where(PgDescription, "object", oid):
        if row.catalog == catalog and row.column == column:
            yield f"comment on {what} is {literal(row.text).strip()}"
