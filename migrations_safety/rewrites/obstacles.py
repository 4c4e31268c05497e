"""What stands in the way of exchanging a column by statements that are written out."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.dependents import names_in
from migrations_safety.rewrites.carried_indexes import is_plain_index
from migrations_safety.rewrites.carried_keys import carried_keys, is_plain_key
from migrations_safety.rewrites.carried_sequences import has_known_grants
from migrations_safety.rewrites.clauses import made_constraints
from migrations_safety.rewrites.exchange import Exchange, beside
from probes.catalog.rows import PgClass, PgConstraint, PgProc, PgPublication, PgStatisticExt, PgTrigger

_NO_COLLATION, _DEFAULT_COLLATION = 0, 100
_HELD = {"c": "CHECK", "x": "exclusion constraint"}


def obstacles(exchange: Exchange) -> list[str]:
    """What the sequence would lose or cannot know, each in words; none where it can be written out."""
    found = list(_of_table(exchange))
    if found:
        return found
    return [*_of_column(exchange), *_of_constraints(exchange), *_of_guards(exchange), *_of_names(exchange)]


def _of_table(exchange: Exchange) -> Iterator[str]:
    run, relation = exchange.run, exchange.relation
    if run.is_assumed(relation):
        yield "what the table is like is not known without a database"
    elif relation.kind != "r":
        yield "the table is partitioned" if relation.kind == "p" else "it is no ordinary table"
    elif run.parents(relation.oid):
        yield "the table is a partition" if relation.is_partition else "the table inherits from another"
    elif run.children(relation.oid):
        yield "other tables inherit from it"


def _of_column(exchange: Exchange) -> Iterator[str]:
    column = exchange.column
    if column.generated:
        yield "the column is generated"
    if column.acl:
        yield "privileges are granted on the column"
    if column.options or column.statistics_target is not None:
        yield "the column has settings of its own"
    if column.collation not in {_NO_COLLATION, _DEFAULT_COLLATION}:
        yield "the column has a collation of its own"
    if exchange.default is None:
        yield "its default is not known"
    if not has_known_grants(exchange):
        yield "what was granted on its sequence, and by whom, is not known"


def _of_constraints(exchange: Exchange) -> Iterator[str]:
    step, column = exchange.step, exchange.column
    for row in step.look.constraints(exchange.relation):
        if row.kind in _HELD and (column.number in row.columns or column.name in names_in(row.expression)):
            yield f"{_HELD[row.kind]} {row.name} mentions the column"
    for row in carried_keys(step, exchange.relation, column):
        if not is_plain_key(step, row):
            yield f"foreign key {row.name}{_of_whom(exchange, row)}"
    for index in exchange.indexes:
        if not is_plain_index(step, index):
            yield f"index {index.name} is more than a plain btree index"
    if made_constraints(step):
        yield "the statement makes constraints too"


def _of_whom(exchange: Exchange, row: PgConstraint) -> str:
    table = exchange.run.world.one(PgClass, row.relation)
    if table is not None and table.kind == "p":
        return f" is of {table.name}, which is partitioned"
    if row.parent:
        return " is part of a partitioned table's"
    return " is not enforced, of periods, or sets some of its columns only"


def _of_guards(exchange: Exchange) -> Iterator[str]:
    world, oid, number = exchange.run.world, exchange.relation.oid, exchange.column.number
    for trigger in world.where(PgTrigger, "relation", oid):
        if number in trigger.columns or trigger.has_condition:
            yield f"trigger {trigger.name} may name the column"
    for statistics in world.where(PgStatisticExt, "relation", oid):
        if number in statistics.columns or statistics.has_expressions:
            yield f"extended statistics {statistics.name} may be about the column"
    for publication in world.store(PgPublication).all():
        if oid in publication.filtered_relations:
            yield f"publication {publication.name} has a list of columns or a filter of rows for the table"


def _of_names(exchange: Exchange) -> Iterator[str]:
    """What is there already under a name that the sequence gives, and that its rollback would take away."""
    run, relation = exchange.run, exchange.relation
    if exchange.step.look.column(relation, exchange.new_name) is not None:
        yield f"there is a column {exchange.new_name} already"
    for row in run.world.where(PgProc, "name", exchange.function_name):
        if row.namespace == relation.namespace and not row.argument_types:
            yield f"there is a function {exchange.function_name}() already"
    if any(row.name == exchange.trigger_name for row in run.world.where(PgTrigger, "relation", relation.oid)):
        yield f"there is a trigger {exchange.trigger_name} already"
    for index in exchange.indexes:
        if run.find(run.world.schema_name(index.namespace), beside(index.name)) is not None:
            yield f"there is an index {beside(index.name)} already"
    for key in carried_keys(exchange.step, relation, exchange.column):
        if run.constraint(key.relation, beside(key.name)) is not None:
            yield f"there is a constraint {beside(key.name)} already"
