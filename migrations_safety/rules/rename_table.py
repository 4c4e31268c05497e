"""A table or view gets another name while code in use says the old one.

What: ALTER TABLE, VIEW, MATERIALIZED VIEW or FOREIGN TABLE ... RENAME TO, of one that stood before the script, with
nothing of the old name made later in the file. ALTER INDEX ... RENAME TO of a table is the same to the server.

Why it matters: Every query that names it fails until the new release is everywhere, and the new release fails until
the rename is done.

When it is harmless: A view of the old name is made right after it, in the same transaction (a simple view can be
written to); or another table takes the name, as in a swap.

What to do: Rename, and create a view of the old name in the same transaction; move the code over; drop the view
releases later.

Known limits: Without a catalog, ALTER TABLE ... RENAME TO is taken to name a table, though it may name a sequence or
an index, and ALTER INDEX ... RENAME TO an index. What the application's code names is not seen. pg_stat_statements
is a good witness where it is installed, but it forgets queries that run seldom. A view of the old name is not LOCK
TABLE or TRUNCATE, and ON CONFLICT through it needs a simple view.

Sources: https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create table orders_new (id bigint primary key, note text, total numeric);
    create index orders_total on orders (total);

Unsafe::

    alter table orders rename to purchases;

Safe::

    begin;
    alter table orders rename to purchases;
    create view orders as select * from purchases;
    commit;

Unsafe (with a catalog)::

    alter index orders rename to purchases;

Safe (with a catalog)::

    begin;
    alter table orders rename to orders_old;
    alter table orders_new rename to orders;
    alter table orders_old rename to orders_new;
    commit;

Safe::

    create table t (id int);
    alter table t rename to u;

Safe::

    alter index orders_total rename to orders_by_total;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dependents import following
from migrations_safety.rules._gone import Names, target, vanishing
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.tables import Rename

_KINDS = frozenset({ObjectType.TABLE, ObjectType.VIEW, ObjectType.MATVIEW, ObjectType.FOREIGN_TABLE, ObjectType.INDEX})
_OTHERS = frozenset({"i", "I", "S"})
_NOUNS = {"v": "view ", "m": "materialized view ", "f": "foreign table "}
_NOUNS_WRITTEN = {
    ObjectType.VIEW: "view ",
    ObjectType.MATVIEW: "materialized view ",
    ObjectType.FOREIGN_TABLE: "foreign table ",
}


@script_rule(
    "Renames a relation in use",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("Rename:TABLE", "Rename:VIEW", "Rename:MATVIEW", "Rename:FOREIGN_TABLE", "Rename:INDEX"),
    squawk=("renaming-table",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag renamed relations whose old name does not come back."""
    known = Names.of(script)
    for step in script.steps_of("Rename"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, Rename) or relation is None or tree.old_name or tree.object_type not in _KINDS:
            continue
        schema, name = relation.schema, relation.name
        if relation.kind in _OTHERS or known.made_before(step, schema, name) or known.comes_back(step, schema, name):
            continue
        noun = _NOUNS_WRITTEN.get(tree.object_type, "") if relation.kind is None else _NOUNS.get(relation.kind, "")
        what = f"{noun}{relation.qualified_name} renamed to {tree.new_name}"
        yield step, vanishing(step, script.look.catalog, what, relation, more=following(script.look, relation))
