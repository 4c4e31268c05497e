"""Values may not fit the new type of their column.

What: ALTER COLUMN ... TYPE to a shorter, smaller or coarser type: varchar(200) to varchar(20), bigint to integer,
numeric(10,4) to numeric(10,2), timestamptz to date, double precision to real, text to anything that is not text.

Why it matters: Some narrowing fails on the first value that does not fit, at the end of a rewrite that has blocked
the table. Other narrowing rounds or cuts every value without a word: scale, precision of times, and varchar through
an explicit cast in USING.

When it is harmless: The values have been looked at and fit.

What to do: Look first: select count(*) from t where the value changes by the cast. Prefer a CHECK (NOT VALID, then
validated) to a narrower type. From double precision or real to numeric, write USING column::text::numeric: the cast
keeps 15 or 6 digits, the text as many as it takes to read the same value back.

Known limits: The values are never read: nothing says whether they fit. Infinity has no numeric before 14.
extra_float_digits below 1, which cuts the text of numbers, is seen where the script sets it. Without a catalog the
old type is known only where an earlier file made the column.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html
    https://www.postgresql.org/docs/current/typeconv-query.html

Given::

    create table orders (id bigint primary key, note varchar(200), total numeric(10, 4), paid timestamptz, raw text);
    create table places (id bigint primary key, lat double precision, height real);

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

Unsafe (with a catalog)::

    alter table places alter column lat type numeric;

Unsafe (with a catalog)::

    alter table places alter column height type numeric;

Unsafe (with a catalog)::

    alter table places alter column lat type numeric(9, 6) using lat::text::numeric;

Unsafe (with a catalog)::

    set extra_float_digits = 0;
    alter table places alter column lat type numeric using lat::text::numeric;

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

    alter table places alter column lat type numeric using lat::text::numeric;

Safe (with a catalog)::

    alter table places alter column height type numeric using height::text::numeric;

Safe (with a catalog)::

    alter table places alter column height type double precision;

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
from migrations_safety.rules._narrowing import DIGITS, Loss, is_measured_in_digits, narrowing
from migrations_safety.rules._types import type_words
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import Source
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
        is_through_text = bool(definition.default) and _reads_text(step, definition.default, column.name)
        found = narrowing(run, old, new, is_explicit=bool(definition.default), is_through_text=is_through_text)
        if found is not None:
            what = f"{column.name} of {relation.qualified_name}: {type_words(run, old.oid, old.typmod)}"
            why = _why(old, new, column.name)
            message = f"{what} to {type_words(run, new.oid, new.typmod)} {_WORDS[found]}{why}{branch(step)}"
            yield Flag(message=message, severity=Severity.HIGH if found is Loss.SILENT else None, command=command)


def _why(old: TypeUse, new: TypeUse, name: str) -> str:
    """Why it does, and what does not, where the text of a number holds more than its cast."""
    if not is_measured_in_digits(old, new) or new.typmod >= 0:
        return ""
    return f": the cast keeps {DIGITS[old.oid]} digits, and using {quoted(name)}::text::numeric keeps all"


def _reads_text(step: Step, using: Source, name: str) -> bool:
    """Whether USING is column::text::numeric, while texts of numbers have all their digits."""
    digits = step.settings.get("extra_float_digits", "1").strip("'")
    match from_source(using):
        case m.Cast(arg=m.Cast(arg=m.Column(parts=parts), type="text" | "varchar"), type="numeric"):
            return parts[-1] == name and digits.isdigit() and int(digits) > 0
        case _:
            return False


def _base(run: Run, use: TypeUse) -> TypeUse:
    return use if (found := base_type(run, use)).oid == use.oid else found
