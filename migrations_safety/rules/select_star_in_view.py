"""A view takes over whatever columns its tables have now.

What: CREATE VIEW or CREATE MATERIALIZED VIEW whose query begins with SELECT *.

Why it matters: The star is replaced by the columns of this moment: one that is added later does not appear, and none
of them can be dropped or retyped while the view stands. When the view is made again the columns may come in another
order, which CREATE OR REPLACE refuses; and a column that was added since, such as a token, is suddenly shown to
everybody who may read the view.

When it is harmless: The view exists for one migration only.

What to do: Name the columns.

Known limits: A star in a subquery or behind count is left alone.

Sources: https://www.postgresql.org/docs/current/sql-createview.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    create view seen as select * from orders;

Unsafe::

    create materialized view kept as select o.* from orders as o;

Safe::

    create view seen as select id, total from orders;

Safe::

    create view counted as select count(*) as orders from orders;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.queries import Tree, load
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.routines import CreateView
from probes.sql.tree.tables import CreateTableAs


def _is_star(target: Tree) -> bool:
    value = target.get("ResTarget", {}).get("val", {})
    return any("A_Star" in field for field in value.get("ColumnRef", {}).get("fields", ()))


@rule(
    "View with SELECT *",
    area=Area.STYLE,
    severity=Severity.LOW,
    triggers=("CreateView", "CreateTableAs"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag views whose columns nobody named."""
    match step.tree:
        case CreateView(query=query, view=view):
            name = view.name
        case CreateTableAs(query=query, into=into, object_type=ObjectType.MATVIEW) if into is not None:
            name = into.relation.name
        case _:
            return
    tree = load(query) or {}
    if any(_is_star(target) for target in tree.get("SelectStmt", {}).get("targetList", ())):
        yield Flag(message=f"{name} shows the columns of this moment, and keeps each of them from being changed")
