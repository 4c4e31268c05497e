"""An index has more key columns than queries can use, or one of them twice.

What: CREATE INDEX with more than four key columns, or with a column among the keys twice.

Why it matters: A B-tree narrows the search by its leading columns; those behind the first range condition are only
carried along. They make every entry larger, the tree deeper, and updates of any of them a new entry in this index. A
repeated column is stored twice and narrows nothing.

When it is harmless: Queries give all of the columns with equals, or the index enforces uniqueness over exactly these
columns.

What to do: Keep the columns that conditions use, those compared with equals first; put what is only read into
INCLUDE.

Known limits: Which queries there are is not known.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html
https://www.postgresql.org/docs/current/indexes-index-only-scans.html

Given::

    create table orders (id bigint primary key, a int, b int, c int, d int, e int);

Unsafe::

    create index concurrently on orders (a, b, c, d, e);

Unsafe::

    create index concurrently on orders (a, b, a);

Safe::

    create index concurrently on orders (a, b) include (c, d, e);

Safe::

    create unique index concurrently on orders (a, b, c, d, e);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex

_MANY = 4


@rule(
    "Index with too many columns",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("CreateIndex",),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag wide and repetitive keys."""
    tree = step.tree
    if not isinstance(tree, CreateIndex):
        return
    names = [one.name for one in tree.elements if one.name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield Flag(message=f"column {', '.join(twice)} is among the keys of the index more than once")
    elif len(tree.elements) > _MANY and not tree.unique and tree.access_method == "btree":
        yield Flag(
            message=f"the index has {len(tree.elements)} key columns; behind the first range they narrow nothing"
        )
