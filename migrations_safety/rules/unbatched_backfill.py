"""One statement fills a new column, or copies a table, in a single transaction.

What: UPDATE of a column that the script added, for all rows, for those where it is null or for those that join
another table; UPDATE of any column for rows where it is null; INSERT ... SELECT of a whole table that is in use into
another.

Why it matters: Every changed row stays locked until the statement commits, so writers of any of them wait up to its
whole length. All old versions stay behind at once as bloat, and replicas and logical decoding get one huge
transaction.

When it is harmless: The table is small, or few rows are concerned.

What to do: Batches of some thousand rows, each committed, by key or by ctid, run until no row is left; outside the
migration's own transaction.

Known limits: How many rows a condition finds is not known. A statement with a subquery or a range in its condition is
taken for a batch.

Sources: https://www.postgresql.org/docs/current/sql-update.html
    https://www.postgresql.org/docs/current/routine-vacuuming.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    alter table items add column state text;
    update items set state = 'old';

Unsafe::

    alter table items add column buyer bigint;
    update items set buyer = orders.customer_id from orders where orders.id = items.id;

Unsafe::

    update items set note = 'none' where note is null;

Unsafe::

    insert into items select id, note from orders;

Safe::

    update items set note = 'none' where id in (select id from items where note is null limit 5000);

Safe::

    update items set note = 'none' where note is null and id between 1 and 5000;

Unsafe::

    with found as (select id, note from orders) insert into items select * from found;

Safe::

    with old as (delete from items where note is null returning id, note) insert into items select * from old;

Safe::

    insert into items select id, note from orders where id = 7;

Safe::

    create table states (n int);
    alter table states add column state text;
    update states set state = 'old';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import in_batches
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._backfill import (
    conditions,
    fills_new_columns,
    is_join_or_null_test,
    tests_null,
)
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.parse import Parsed
from probes.sql.queries import Tree, load
from probes.sql.tree.data import Insert, Update


@rule(
    "Backfill in one statement",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("Update", "Insert"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag data statements that fill a table at one go."""
    targets = [lock.relation for lock in step.effects.locks if step.is_used_by_others(lock.relation)]
    if step.effects.is_refused or not targets:
        return
    name = targets[0].qualified_name
    match step.tree:
        case Update() as tree if _fills(step, tree):
            message = f"rows of {name} are filled in one statement: each stays locked to its end"
        case Insert() as tree if _copies(step, tree):
            message = f"a whole table is copied into {name} in one statement: all of it, or after a failure nothing"
        case _:
            return
    yield Flag(message=message + branch(step), blocked=(targets[0],), rewrite=in_batches(step))


def _fills(step: Step, tree: Update) -> bool:
    if all(map(is_join_or_null_test, conditions(tree.where))) and fills_new_columns(step):
        return True
    columns = {target.name for target in tree.targets}
    return len(list(conditions(tree.where))) == 1 and tests_null(tree.where, columns)


def _copies(step: Step, tree: Insert) -> bool:
    read = any(step.is_used_by_others(work.relation) for work in step.effects.scans)
    query = load(tree.query).get("SelectStmt", {}) if tree.query and read else {}
    outcome = step.statement.outcome
    whole = load(outcome.source) if query and isinstance(outcome, Parsed) and outcome.source else {}
    return _is_whole(query, _named_queries(whole) | _named_queries(query))


def _named_queries(query: Tree) -> dict[str, Tree]:
    """The queries of a WITH clause by their names."""
    parts = [one["CommonTableExpr"] for one in query.get("withClause", {}).get("ctes", ())]
    return {one["ctename"]: one["ctequery"] for one in parts}


def _is_whole(query: Tree, named: dict[str, Tree]) -> bool:
    """Whether a query gives all rows of something; an UPDATE or DELETE with RETURNING gives some."""
    if "fromClause" not in query or {"whereClause", "limitCount"} & set(query):
        return False
    for item in query["fromClause"]:
        name = item.get("RangeVar", {}).get("relname")
        others = {key: value for key, value in named.items() if key != name}
        if name not in named or _is_whole(named[name].get("SelectStmt", {}), others):
            return True
    return False
