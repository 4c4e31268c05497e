"""A default is a moment that is fixed when the statement runs.

What: DEFAULT 'now', 'today', 'tomorrow' or 'yesterday', as a string, for a column of a date or time type.

Why it matters: The string is turned into a value once, when the default is stored. Each row inserted from then on, next
year too, gets the time of the migration. It passes every test that only asks whether the column is filled.

When it is harmless: The moment of the migration is what is meant; then write it out as a date.

What to do: now(), current_timestamp or current_date: they are worked out for each row.

Known limits: Without a database the type of a column that existed before is not known; such a default is then taken for
a moment, for few mean the word.

Sources: https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-DATETIME-SPECIAL-VALUES

Given::

    create table orders (id bigint primary key, made_on date, phase text);

Unsafe::

    create table visits (id bigint primary key, seen_at timestamptz default 'now');

Unsafe::

    alter table orders add column paid_at timestamptz default 'now'::timestamptz;

Unsafe::

    alter table orders alter column made_on set default 'today';

Safe::

    create table visits (id bigint primary key, seen_at timestamptz default now(), word text default 'now');

Safe (with a catalog)::

    alter table orders alter column phase set default 'now';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._subjects import declared, type_name
from migrations_safety.timeline import Step
from probes.catalog.rows import PgType
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import Source
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.tables import AlterTable, AlterTableCommand

_MOMENTS = frozenset({"now", "today", "tomorrow", "yesterday"})
_TIMES = frozenset({"date", "time", "timestamp", "timestamptz", "timetz"})


@rule(
    "Default fixed at the moment of the migration",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("CreateTable", "AlterTable:ADD_COLUMN", "AlterTable:COLUMN_DEFAULT"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag defaults that are one moment for ever."""
    for column, value, type_before, place in _defaults(step):
        word = _moment(value, type_before)
        if word is not None:
            yield Flag(
                message=(
                    f"the default of {column} is worked out now, once: all rows to come get the moment of this "
                    f"statement, because '{word}' is a string and not a call"
                ),
                evidence={"default": word},
                location=place if isinstance(place, int) else None,
                command=None if isinstance(place, int) else place,
            )


def _moment(value: Source, column_type: str | None) -> str | None:
    """The moment that a default fixes; None for any other value."""
    expression = from_source(value)
    if isinstance(expression, m.Cast):
        column_type, expression = expression.type.partition("(")[0], expression.arg
    if column_type not in _TIMES or not isinstance(expression, m.Constant):
        return None
    word = str(expression.value).strip().lower()
    return word if word in _MOMENTS else None


def _defaults(step: Step) -> Iterator[tuple[str, Source, str | None, int | AlterTableCommand]]:
    """Each column with its default, its type, and where that is written."""
    for found in declared(step):
        for one in found.column.constraints:
            if one.kind is ConstraintType.DEFAULT:
                yield found.column.name, one.expression, type_name(found.column), one.location
    if isinstance(step.tree, AlterTable):
        for command in step.tree.commands:
            if command.kind is AlterTableType.COLUMN_DEFAULT and command.expression:
                type_before = _type_before(step, step.tree, command.name or "")
                yield command.name or "", command.expression, type_before, command


def _type_before(step: Step, tree: AlterTable, name: str) -> str:
    relation = step.look.relation(tree.relation)
    column = step.look.column(relation, name) if relation is not None else None
    row = step.look.run.world.one(PgType, column.type) if column is not None else None
    return "date" if row is None else row.name
