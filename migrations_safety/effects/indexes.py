"""CREATE INDEX."""

from __future__ import annotations

from migrations_safety.effects.indexing import IndexPlan, check_partition_key, create
from migrations_safety.effects.model import Role, Wait
from migrations_safety.effects.options import reloptions
from migrations_safety.effects.run import ROWS, SHARE, SUE, Run
from probes.catalog.rows import PgClass
from probes.sql.tree.tables import CreateIndex


def create_index(run: Run, statement: CreateIndex) -> None:
    """Work out CREATE INDEX."""
    if statement.concurrent:
        run.require_no_transaction()
    relation = run.relation(statement.relation)
    if relation is None:
        return
    role = Role.MATERIALIZED_VIEW if relation.kind == "m" else Role.TARGET
    run.lock(relation, SUE if statement.concurrent else SHARE, role)
    if not isinstance(relation, PgClass) or relation.kind not in {"r", "p", "m"}:
        run.refuse("42809", f"cannot create index on relation {relation.name}")
    if relation.kind == "p" and statement.concurrent:
        run.refuse("0A000", "cannot create index on partitioned table concurrently")
    for child in run.descendants(relation.oid) if relation.kind == "p" and statement.relation.inherits else ():
        run.lock(child, SHARE, Role.PARTITION)
    if statement.if_not_exists and statement.name and _exists(run, relation, statement.name):
        return
    plan = plan_of(statement)
    if relation.kind == "p" and plan.unique:
        check_partition_key(run, relation, plan)
    if statement.concurrent and relation.persistence != "t":
        run.record.wait(Wait.WRITERS)
        run.record.wait(Wait.OLD_TRANSACTIONS)
    create(run, relation, plan, recurse=statement.relation.inherits)
    if statement.unique:
        run.record.may_refuse("23505", "a key is duplicated", ROWS)


def _exists(run: Run, relation: PgClass, name: str) -> bool:
    schema = run.world.schema_name(relation.namespace) if relation.namespace else None
    return run.find(schema, name) is not None


def plan_of(statement: CreateIndex) -> IndexPlan:
    """The index that a statement makes."""
    return IndexPlan(
        elements=statement.elements,
        including=tuple(element.name or "" for element in statement.including),
        name=statement.name,
        method=statement.access_method,
        unique=statement.unique,
        nulls_not_distinct=statement.nulls_not_distinct,
        predicate=statement.predicate,
        options=reloptions(statement.options),
        concurrent=statement.concurrent,
    )
