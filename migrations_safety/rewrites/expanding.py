"""A column's type changed by a second column that takes its place: filled in batches, then swapped at once."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.sequences import MAXIMUM
from migrations_safety.rewrites.carried_comments import comments
from migrations_safety.rewrites.carried_indexes import build, take_over_index, walked_key
from migrations_safety.rewrites.carried_keys import (
    carried_keys,
    drop_new_key,
    drop_old_key,
    new_key,
    outlives_column,
    referencing,
    take_over_key,
)
from migrations_safety.rewrites.carried_sequences import handed_over, new_type
from migrations_safety.rewrites.constraints import not_null_steps, target_of
from migrations_safety.rewrites.exchange import Exchange, name_of_row
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone, backfill, backfill_along
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_NAMES_NOT_NULL_SINCE = 18
_NOTE = "the column is the last of the table afterwards; prepared statements and `select *` see that"


def exchange_of(step: Step) -> Exchange | None:
    """The column that the statement, and nothing else in it, gives another type; None where it is not known."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.wire_commands) != 1:
        return None
    target = target_of(step, AlterTableType.ALTER_COLUMN_TYPE)
    relation = step.look.relation(tree.relation)
    if target is None or not isinstance(relation, PgClass):
        return None
    column = step.look.column(relation, next((one.name for one in tree.commands), None) or "")
    cut = _cut(target.clause)
    return None if column is None or cut is None else Exchange(step, target, relation, column, *cut)


def swapped_column(exchange: Exchange) -> Rewrite:
    """The whole sequence, for a column that nothing stands in the way of."""
    return _Swap(exchange).sequence()


class _Swap:
    """The parts of the sequence for one column."""

    def __init__(self, exchange: Exchange) -> None:
        self._it = exchange
        prefix, dot, _ = exchange.table.rpartition(".")
        self._sync = f"{prefix}{dot}{quoted(exchange.function_name)}"
        self._trigger = quoted(exchange.trigger_name)
        self._keys = carried_keys(exchange.step, exchange.relation, exchange.column)
        self._sequence = handed_over(exchange)

    def sequence(self) -> Rewrite:
        it = self._it
        steps = [
            RewriteStep(f"{it.head} add column {it.new} {it.type}"),
            *self._default(),
            alone(self._function()),
            RewriteStep(
                f"create trigger {self._trigger} before insert or update on {it.table}"
                f" for each row execute function {self._sync}()"
            ),
            self._backfill(),
            *self._not_null(),
            *(alone(build(it, index)) for index in it.indexes),
            *(part for row in self._keys for part in new_key(it, row)),
            *(RewriteStep(sql, transaction=1) for sql in self._swap()),
        ]
        taken_back = (
            *(drop_new_key(it, row) for row in self._keys if outlives_column(it, row)),
            f"drop trigger if exists {self._trigger} on {it.table}",
            f"drop function if exists {self._sync}()",
            f"{it.head} drop column if exists {it.new}",
        )
        note = "; ".join((_NOTE, *_left_behind(it, self._keys)))
        return Rewrite(tuple(steps), rollback=taken_back, note=note, differs=self._sequence.differs)

    def _default(self) -> tuple[RewriteStep, ...]:
        it = self._it
        is_soon = bool(it.default) and not it.takes_numbers
        return (RewriteStep(f"{it.head} alter column {it.new} set default {it.default}"),) if is_soon else ()

    def _default_of_sequence(self) -> list[str]:
        """The default that takes a number: only at the end, else each row would take two."""
        it = self._it
        return [f"{it.head} alter column {it.old} set default {it.default}"] if it.takes_numbers else []

    def _function(self) -> str:
        it = self._it
        value = f"new.{it.old}"
        if it.using:
            value = f"(select {it.using} from (select new.*) as {quoted(it.relation.name)})"
        body = f"begin new.{it.new} := {value}; return new; end"
        return f"create function {self._sync}() returns trigger language plpgsql as $sync$ {body} $sync$"

    def _backfill(self) -> RewriteStep:
        it = self._it
        value, key = it.using or it.old, walked_key(it)
        is_never_null = it.column.not_null and not it.using
        given, missing = f"{it.new} = {value}", f"{it.new} is null"
        missing += "" if is_never_null else f" and ({value}) is not null"
        return backfill_along(it.table, key, given, missing) if key else backfill(it.table, given, missing)

    def _not_null(self) -> tuple[RewriteStep, ...]:
        it = self._it
        if not it.column.not_null:
            return ()
        return not_null_steps(it.head, it.relation.name, it.new_name, it.step.look.major)[0]

    def _swap(self) -> Iterator[str]:
        it = self._it
        tables = (it.table, *(name_of_row(it.run, one) for one in referencing(it, self._keys)))
        yield f"lock table {', '.join(tables)} in access exclusive mode"
        yield f"drop trigger {self._trigger} on {it.table}"
        yield f"drop function {self._sync}()"
        yield from (drop_old_key(it, row) for row in self._keys if outlives_column(it, row))
        yield from self._sequence.sql
        yield f"{it.head} drop column {it.old}"
        yield f"{it.head} rename column {it.new} to {it.old}"
        yield from self._default_of_sequence()
        yield from (take_over_key(it, row) for row in self._keys)
        yield from self._not_null_name()
        yield from (take_over_index(it, index) for index in it.indexes)
        yield from comments(it)

    def _not_null_name(self) -> Iterator[str]:
        it = self._it
        if not it.column.not_null or it.step.look.major < _NAMES_NOT_NULL_SINCE:
            return
        table = it.relation.name
        earlier = next((row.name for row in it.step.look.constraints(it.relation) if _says_so(row, it.column)), "")
        made = quoted(make_object_name(table, it.new_name, "not_null"))
        name = quoted(earlier or make_object_name(table, it.column.name, "not_null"))
        yield f"{it.head} rename constraint {made} to {name}"


def _says_so(row: PgConstraint, column: PgAttribute) -> bool:
    return row.kind == "n" and column.number in row.columns


def _left_behind(it: Exchange, keys: list[PgConstraint]) -> Iterator[str]:
    """The columns that reference it and cannot hold all that it will: they keep their types, as with the statement."""
    top = MAXIMUM.get(new_type(it), 0)
    found: list[str] = []
    for row in keys:
        table = it.run.world.one(PgClass, row.relation)
        for number, partner in zip(row.columns, row.referenced_columns, strict=False):
            is_of_it = row.referenced == it.relation.oid and partner == it.column.number
            if table is None or not is_of_it or (table.oid, number) == (it.relation.oid, it.column.number):
                continue
            other = next((one for one in it.run.columns(row.relation) if one.number == number), None)
            if other is not None and MAXIMUM.get(other.type, top) < top:
                found.append(f"{table.name}.{other.name}")
    if found:
        verb = "keeps its type" if len(found) == 1 else "keep their types"
        yield f"{', '.join(dict.fromkeys(found))} {verb}: change that before the numbers outgrow it"


def _cut(clause: str) -> tuple[str, str | None] | None:
    """The type, and the expression after USING, as written in ALTER COLUMN ... TYPE."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(clause) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    if "TYPE_P" not in names:
        return None
    first = names.index("TYPE_P") + 1
    using = names.index("USING", first) if "USING" in names[first:] else len(names)
    kind = clause[tokens[first].start : tokens[using - 1].end + 1]
    value = clause[tokens[using + 1].start :].strip().rstrip(";") if using < len(names) else None
    return kind, value
