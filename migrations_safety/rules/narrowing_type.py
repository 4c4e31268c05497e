"""Values may not fit the new type of their column.

What: ALTER COLUMN ... TYPE to a shorter, smaller or coarser type: varchar(200) to varchar(20), bigint to integer,
numeric(10,4) to numeric(10,2), timestamptz to date, double precision to real, text to anything that is not text.

Why it matters: Some narrowing fails on the first value that does not fit, at the end of a rewrite that has blocked
the table. Other narrowing rounds or cuts every value without a word: scale, precision of times, and varchar through
an explicit cast in USING.

When it is harmless: The values have been looked at and fit.

What to do: Look first: select count(*) from t where the value changes by the cast. Prefer a CHECK (NOT VALID, then
validated) to a narrower type.

Known limits: The values are never read: nothing says whether they fit. Without a catalog the old type is known only
where an earlier file made the column.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html
    https://www.postgresql.org/docs/current/typeconv-query.html

Given::

    create table orders (id bigint primary key, note varchar(200), total numeric(10, 4), paid timestamptz, raw text);

Unsafe (with a catalog)::

    alter table orders alter column note type varchar(20);

Unsafe (with a catalog)::

    alter table orders alter column id type integer;

Unsafe (with a catalog)::

    alter table orders alter column total type numeric(10, 2);

Unsafe (with a catalog)::

    alter table orders alter column paid type date;

Unsafe (with a catalog)::

    alter table orders alter column raw type integer using raw::integer;

Unsafe (without a catalog)::

    create table lines (id bigint primary key, note varchar(200));
    -- file b.sql
    alter table lines alter column note type varchar(20);

Unsafe (without a catalog)::

    alter table orders add column remark text;
    -- file b.sql
    alter table orders alter column remark type varchar(20);

Safe::

    create table lines (id bigint primary key, note varchar(200));
    -- file b.sql
    alter table lines alter column note type varchar(300);

Safe::

    alter table orders alter column note type text;

Safe (with a catalog)::

    alter table orders alter column total type numeric(12, 4);

Safe (with a catalog)::

    alter table orders alter column note type varchar(300);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.run import Run
from migrations_safety.effects.types import TypeUse, base_type, resolve
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch, commands
from migrations_safety.rules._narrowing import Loss, narrowing
from migrations_safety.rules._types import type_words
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_WORDS = {
    Loss.SILENT: "rounds or cuts values without a word",
    Loss.FAILS: "fails on the first value that does not fit",
}


@rule(
    "Narrows a type",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag types that hold less than the old one."""
    tree, relation = step.tree, target(step)
    named = step.look.relation(tree.relation) if isinstance(tree, AlterTable) else None
    if relation is None or named is None or step.look.is_empty(relation):
        return
    run = step.look.run
    for command, _ in commands(step, AlterTableType.ALTER_COLUMN_TYPE):
        column, definition = step.look.column(named, command.name or ""), command.definition
        if column is None or not isinstance(definition, ColumnDef) or definition.type is None:
            continue
        old = _base(run, TypeUse(column.type, column.typmod))
        new = _base(run, resolve(run, definition.type))
        found = narrowing(run, old, new, is_explicit=bool(definition.default))
        if found is not None:
            what = f"{column.name} of {relation.qualified_name}: {type_words(run, old.oid, old.typmod)}"
            message = f"{what} to {type_words(run, new.oid, new.typmod)} {_WORDS[found]}{branch(step)}"
            yield Flag(message=message, severity=Severity.HIGH if found is Loss.SILENT else None, command=command)


def _base(run: Run, use: TypeUse) -> TypeUse:
    return use if (found := base_type(run, use)).oid == use.oid else found
