"""A column's type changed by a second column that takes its place: filled in batches, then swapped at once."""

from __future__ import annotations

from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.sequences import sequence_of
from migrations_safety.rewrites.carried_keys import carried_keys, is_plain_key, new_key, take_over_key
from migrations_safety.rewrites.clauses import made_constraints
from migrations_safety.rewrites.constraints import Target, not_null_steps, target_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone, backfill
from migrations_safety.timeline import Step
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgOpclass,
    PgStatisticExt,
    PgTrigger,
)
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_NAMES_NOT_NULL_SINCE = 18
_NO_COLLATION, _DEFAULT_COLLATION = 0, 100


def swapped_column(step: Step) -> Rewrite | None:
    """The whole sequence, for a column of which everything that hangs on it is known; None for any other."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.wire_commands) != 1:
        return None
    target = target_of(step, AlterTableType.ALTER_COLUMN_TYPE)
    if target is None:
        return None
    relation = step.look.relation(tree.relation)
    column = (
        step.look.column(relation, next((one.name for one in tree.commands), None) or "")
        if relation is not None
        else None
    )
    cut = _cut(target.clause)
    if not isinstance(relation, PgClass) or column is None or cut is None or not _is_plain(step, relation, column):
        return None
    indexes = [index for index in step.look.indexes(relation) if column.number in index.columns]
    if not all(_is_plain_index(step, index) for index in indexes):
        return None
    return _Swap(step, target, relation, column, cut, indexes).sequence()


class _Swap:
    """The parts of the sequence for one column."""

    def __init__(
        self,
        step: Step,
        target: Target,
        relation: PgClass,
        column: PgAttribute,
        cut: tuple[str, str | None],
        indexes: list[PgIndex],
    ) -> None:
        self._step, self._target, self._relation, self._column = step, target, relation, column
        self._type, self._using = cut
        self._indexes = indexes
        self._new = make_object_name(column.name, "", "new")
        prefix, dot, _ = target.table.rpartition(".")
        self._sync = f"{prefix}{dot}{quoted(make_object_name(relation.name, column.name, 'sync'))}"
        self._trigger = quoted(make_object_name("zz", column.name, "sync"))
        self._foreign = carried_keys(step, relation, column)
        self._keys = {row.index: row for row in step.look.constraints(relation) if row.kind in "pu"}

    def sequence(self) -> Rewrite:
        head, old, new = self._target.head, quoted(self._column.name), quoted(self._new)
        value = self._using or old
        taken_back = (
            f"drop trigger if exists {self._trigger} on {self._target.table}",
            f"drop function if exists {self._sync}()",
            f"{head} drop column if exists {new}",
        )
        steps = [
            RewriteStep(f"{head} add column {new} {self._type}"),
            *self._default(),
            alone(self._function()),
            RewriteStep(
                f"create trigger {self._trigger} before insert or update on {self._target.table}"
                f" for each row execute function {self._sync}()"
            ),
            backfill(self._target.table, f"{new} = {value}", f"{new} is null and ({value}) is not null"),
            *self._not_null(),
            *(part for row in self._foreign for part in new_key(self._step, self._target.head, row, self._new)),
            *(alone(self._build(index)) for index in self._indexes),
            *(RewriteStep(sql, transaction=1) for sql in self._swap()),
        ]
        note = "the column is the last of the table afterwards; prepared statements and `select *` see that"
        return Rewrite(tuple(steps), rollback=taken_back, note=note)

    def _default(self) -> tuple[RewriteStep, ...]:
        text = _default_text(self._step, self._column)
        is_soon = bool(text) and not _takes_numbers(text)
        head = f"{self._target.head} alter column {quoted(self._new)} set default"
        return (RewriteStep(f"{head} {text}"),) if is_soon else ()

    def _default_of_sequence(self) -> list[str]:
        """The default that takes a number: only at the end, else each row would take two."""
        text = _default_text(self._step, self._column)
        head = f"{self._target.head} alter column {quoted(self._column.name)} set default"
        return [f"{head} {text}"] if _takes_numbers(text) else []

    def _sequence(self) -> list[str]:
        """The sequence that belongs to the column is handed over before that goes."""
        oid = sequence_of(self._step.look.run, self._column)
        row = self._step.look.run.world.relation(oid) if oid is not None else None
        if row is None:
            return []
        schema = self._step.look.run.world.schema_name(row.namespace)
        name = f"{quoted(schema)}.{quoted(row.name)}"
        return [f"alter sequence {name} owned by {self._target.table}.{quoted(self._new)}"]

    def _function(self) -> str:
        old, new = quoted(self._column.name), quoted(self._new)
        value = f"new.{old}"
        if self._using:
            value = f"(select {self._using} from (select new.*) as {quoted(self._relation.name)})"
        body = f"begin new.{new} := {value}; return new; end"
        return f"create function {self._sync}() returns trigger language plpgsql as $sync$ {body} $sync$"

    def _not_null(self) -> tuple[RewriteStep, ...]:
        if not self._column.not_null:
            return ()
        return not_null_steps(self._target.head, self._relation.name, self._new, self._step.look.major)[0]

    def _build(self, index: PgIndex) -> str:
        names = {self._column.number: self._new}
        run = self._step.look.run
        columns = [
            quoted(names.get(number) or run.column_names(self._relation.oid, (number,))[0]) for number in index.columns
        ]
        keys, more = columns[: index.key_count], columns[index.key_count :]
        including = f" include ({', '.join(more)})" if more else ""
        nulls = " nulls not distinct" if index.nulls_not_distinct else ""
        unique = "unique " if index.unique else ""
        name = quoted(make_object_name(index.name, "", "new"))
        return f"create {unique}index concurrently {name} on {self._target.table} ({', '.join(keys)}){including}{nulls}"

    def _swap(self) -> list[str]:
        head, old, new = self._target.head, quoted(self._column.name), quoted(self._new)
        steps = [
            f"lock table {self._target.table} in access exclusive mode",
            f"drop trigger {self._trigger} on {self._target.table}",
            f"drop function {self._sync}()",
            *self._sequence(),
            f"{head} drop column {old}",
            f"{head} rename column {new} to {old}",
            *self._default_of_sequence(),
            *(take_over_key(head, row) for row in self._foreign),
        ]
        if self._column.not_null and self._step.look.major >= _NAMES_NOT_NULL_SINCE:
            table = self._relation.name
            earlier = next((row.name for row in self._step.look.constraints(self._relation) if self._says_so(row)), "")
            made = quoted(make_object_name(table, self._new, "not_null"))
            name = quoted(earlier or make_object_name(table, self._column.name, "not_null"))
            steps.append(f"{head} rename constraint {made} to {name}")
        return [*steps, *(self._take_over(index) for index in self._indexes)]

    def _says_so(self, row: PgConstraint) -> bool:
        return row.kind == "n" and self._column.number in row.columns

    def _take_over(self, index: PgIndex) -> str:
        name, key = quoted(make_object_name(index.name, "", "new")), self._keys.get(index.oid)
        if key is None:
            prefix, dot, _ = self._target.table.rpartition(".")
            return f"alter index {prefix}{dot}{name} rename to {quoted(index.name)}"
        word = "primary key" if key.kind == "p" else "unique"
        return f"{self._target.head} add constraint {quoted(key.name)} {word} using index {name}"


def _is_plain(step: Step, relation: PgClass, column: PgAttribute) -> bool:
    """Whether the table is no part of a tree, and nothing hangs on the column that the sequence would lose."""
    run = step.look.run
    if relation.kind != "r" or run.is_assumed(relation) or run.parents(relation.oid) or run.children(relation.oid):
        return False
    is_special = column.identity or column.generated or column.acl or column.options
    if (
        is_special
        or column.statistics_target is not None
        or column.collation not in {_NO_COLLATION, _DEFAULT_COLLATION}
    ):
        return False
    if _default_text(step, column) is None:
        return False
    number, world = column.number, run.world
    keys = [row.oid for row in carried_keys(step, relation, column) if is_plain_key(row)]
    held = any(
        row.kind in "cfx" and number in row.columns and row.oid not in keys for row in step.look.constraints(relation)
    )
    named = any(number in row.referenced_columns for row in world.where(PgConstraint, "referenced", relation.oid))
    fired = any(number in row.columns or row.has_condition for row in world.where(PgTrigger, "relation", relation.oid))
    counted = any(number in row.columns for row in world.where(PgStatisticExt, "relation", relation.oid))
    return not (held or named or fired or counted or made_constraints(step))


def _default_text(step: Step, column: PgAttribute) -> str | None:
    """The column's default; empty where it has none, None where it is not known."""
    row = step.look.run.default_of(column)
    return text_of(row.expression) if row else ""


def _takes_numbers(default: str | None) -> bool:
    return "nextval" in (default or "")


def _is_plain_index(step: Step, index: PgIndex) -> bool:
    """Whether its columns say everything about it."""
    world = step.look.run.world
    classes = [world.one(PgOpclass, oid) for oid in index.operator_classes]
    is_usual = index.method == "btree" and index.valid and index.immediate and not index.tablespace
    marked = index.clustered or index.is_replica_identity or index.exclusion or index.options
    computed = index.expressions is not None or index.predicate is not None or 0 in index.columns
    ordered = any(index.key_options) or not all(one is not None and one.is_default for one in classes)
    return is_usual and not (marked or computed or ordered)


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
