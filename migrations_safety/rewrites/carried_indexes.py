"""Indexes of a column that another takes the place of: built beside the old ones, which give them their names."""

from __future__ import annotations

from migrations_safety.rewrites.exchange import Exchange, beside
from migrations_safety.rewrites.model import WALKERS
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgIndex, PgOpclass


def is_plain_index(step: Step, index: PgIndex) -> bool:
    """Whether its columns say everything about it."""
    marked = index.clustered or index.is_replica_identity or index.exclusion or index.options
    return _is_usual(index) and not marked and not any(index.key_options) and _has_default_classes(step, index)


def _is_usual(index: PgIndex) -> bool:
    computed = index.expressions is not None or index.predicate is not None or 0 in index.columns
    return index.method == "btree" and index.valid and index.immediate and not index.tablespace and not computed


def _has_default_classes(step: Step, index: PgIndex) -> bool:
    classes = [step.look.run.world.one(PgOpclass, oid) for oid in index.operator_classes]
    return all(one is not None and one.is_default for one in classes)


def walked_key(exchange: Exchange) -> str | None:
    """A column by which every row is passed once: the one key of a unique index; the primary key first."""
    look = exchange.step.look
    columns = {column.number: column for column in look.columns(exchange.relation)}
    if {column.name for column in columns.values()} & set(WALKERS):
        return None
    for index in sorted(look.indexes(exchange.relation), key=lambda one: not one.primary):
        column = columns.get(index.columns[0])
        is_alone = index.unique and index.key_count == 1 and _is_usual(index)
        if is_alone and column is not None and column.not_null:
            return quoted(column.name)
    return None


def build(exchange: Exchange, index: PgIndex) -> str:
    """The index on the new column, while the table is used."""
    columns = exchange.columns(index.columns)
    keys, more = columns[: index.key_count], columns[index.key_count :]
    including = f" include ({', '.join(more)})" if more else ""
    nulls = " nulls not distinct" if index.nulls_not_distinct else ""
    head = f"create {'unique ' if index.unique else ''}index concurrently {_new_name(index)}"
    return f"{head} on {exchange.table} ({', '.join(keys)}){including}{nulls}"


def take_over_index(exchange: Exchange, index: PgIndex) -> str:
    """What gives the new index the name of the old, and its constraint, once that is gone."""
    constraints = exchange.step.look.constraints(exchange.relation)
    key = next((row for row in constraints if row.kind in "pu" and row.index == index.oid), None)
    if key is None:
        prefix, dot, _ = exchange.table.rpartition(".")
        return f"alter index {prefix}{dot}{_new_name(index)} rename to {quoted(index.name)}"
    word = "primary key" if key.kind == "p" else "unique"
    return f"{exchange.head} add constraint {quoted(key.name)} {word} using index {_new_name(index)}"


def _new_name(index: PgIndex) -> str:
    return quoted(beside(index.name))
