"""A column gets another type, but something that cannot follow depends on it: the server will refuse.

What: ALTER COLUMN ... TYPE of a column that a view, a rule, a policy, a trigger's condition or column list, a
generated column or the body of a SQL function mentions.

Why it matters: The migration fails, and what it did before stays half done where statements commit one by one.

When it is harmless: Never; the refusal does not depend on rows.

What to do: In one transaction drop what depends on the column, change the type, and make the dependents again, with
their owners and grants.

Known limits: Without a database only dependents that the script makes are known.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
    https://www.postgresql.org/docs/current/ddl-depend.html

Given::

    create table orders (id int, total numeric, note text);
    create view totals as select total from orders;
    create policy own on orders using (note = 'x');

Unsafe (with a catalog)::

    alter table orders alter column total type double precision;

Unsafe (with a catalog)::

    alter table orders alter column note type varchar;

Unsafe::

    create table items (n int);
    create view numbers as select n from items;
    alter table items alter column n type bigint;

Safe (with a catalog)::

    drop view totals;
    alter table orders alter column total type numeric(20, 2);

Safe::

    alter table orders alter column id type bigint;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.dependents import Kind, Obj, dependents
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.catalog.rows import PgClass, PgPolicy, PgProc, PgTrigger
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_FEATURE_NOT_SUPPORTED = "0A000"
_VIEWS = {"v": "view", "m": "materialized view"}


@rule(
    "Type change refused because of dependents",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag type changes that dependents forbid."""
    tree, refusal = step.tree, step.effects.refusal
    if not isinstance(tree, AlterTable) or refusal is None or not step.effects.is_refused:
        return
    columns = [one.name for one in tree.commands if one.kind is AlterTableType.ALTER_COLUMN_TYPE and one.name]
    if refusal.sqlstate == _FEATURE_NOT_SUPPORTED and columns:
        users = [user for column in columns for user in _users(step, tree, column)]
        listed = f": {', '.join(dict.fromkeys(users))}" if users else ""
        yield Flag(
            message=f"the server refuses it, {refusal.message}{listed}{branch(step)}",
            evidence={"sqlstate": refusal.sqlstate, "dependents": tuple(dict.fromkeys(users))},
            refused=True,
        )


def _users(step: Step, tree: AlterTable, column: str) -> Iterator[str]:
    relation = step.look.relation(tree.relation)
    row = step.look.column(relation, column) if relation is not None else None
    if relation is None or row is None:
        return
    world = step.look.run.world
    for found, _ in dependents(step.look.run, Obj(Kind.RELATION, relation.oid, row.number)):
        match found.kind:
            case Kind.RELATION if (view := world.one(PgClass, found.oid)) is not None and view.kind in _VIEWS:
                yield f"{_VIEWS[view.kind]} {view.name}"
            case Kind.POLICY if (policy := world.one(PgPolicy, found.oid)) is not None:
                yield f"policy {policy.name}"
            case Kind.TRIGGER if (trigger := world.one(PgTrigger, found.oid)) is not None:
                yield f"trigger {trigger.name}"
            case Kind.FUNCTION if (function := world.one(PgProc, found.oid)) is not None:
                yield f"function {function.name}"
            case _:
                pass
