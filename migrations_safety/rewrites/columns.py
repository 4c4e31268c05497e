"""Columns added and changed while the table is used: the definition first, the rows in batches."""

from __future__ import annotations

from migrations_safety.effects.naming import make_object_name
from migrations_safety.rewrites.clauses import can_be_cut, clauses, made_constraints, name_of, sql_of
from migrations_safety.rewrites.constraints import Target, not_null_steps, target_of
from migrations_safety.rewrites.model import BATCH_ROWS, Rewrite, RewriteStep, alone, backfill
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.data import Delete, Update
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_BESIDE_IDENTITY = frozenset({ConstraintType.IDENTITY, ConstraintType.NOTNULL})
_UNKNOWN = "no sequence of statements can be written without knowing what reads and writes the column"
_SERIALS = {
    "serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
    "smallserial": "smallint", "serial2": "smallint",
}  # fmt: skip


def added_column(step: Step) -> tuple[Target, ColumnDef] | None:
    """The column that the only or first ADD COLUMN adds, with what surrounds it."""
    target = target_of(step, AlterTableType.ADD_COLUMN)
    if target is None or not isinstance(step.tree, AlterTable):
        return None
    command = next(one for one in step.tree.commands if one.kind is AlterTableType.ADD_COLUMN)
    definition = command.definition
    if command.missing_ok or not isinstance(definition, ColumnDef):
        return None
    return target, definition


def default_in_batches(step: Step) -> Rewrite | None:
    """The column without its default, the default for new rows, then the old rows in batches."""
    found = added_column(step)
    default = _default_text(step)
    if found is None or default is None:
        return None
    target, column = found
    kinds = {one.kind for one in column.constraints}
    if not kinds <= {ConstraintType.DEFAULT, ConstraintType.NOTNULL, ConstraintType.NULL} or column.type is None:
        return None
    name = quoted(column.name)
    steps = [
        *target.others,
        RewriteStep(f"{target.head} add column {name} {default[0]}"),
        RewriteStep(f"{target.head} alter column {name} set default {default[1]}"),
        backfill(target.table, f"{name} = default", f"{name} is null"),
    ]
    if ConstraintType.NOTNULL in kinds:
        table = step.tree.relation.name if isinstance(step.tree, AlterTable) else ""
        steps += not_null_steps(target.head, table, column.name, step.look.major)[0]
    return Rewrite(tuple(steps), rollback=(f"{target.head} drop column if exists {name}", *target.undo))


def _default_text(step: Step) -> tuple[str, str] | None:
    """The type and the default of an added column as written."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tree = step.tree
    if not isinstance(tree, AlterTable):
        return None
    position = next(i for i, one in enumerate(tree.commands) if one.kind is AlterTableType.ADD_COLUMN)
    text = clauses(sql_of(step))[position]
    tokens = list(scan(text))
    starts = [i for i, token in enumerate(tokens) if token.name == "DEFAULT"]
    if not starts:
        return None
    names = 2 if len(tokens) > 1 and tokens[1].name == "COLUMN" else 1
    type_tokens = [token for token in tokens[names + 1 : starts[0]] if token.name not in {"NOT", "NULL_P"}]
    end = starts[0] + 1
    depth = 0
    while end < len(tokens):
        name = tokens[end].name
        depth += (name in {"ASCII_40", "ASCII_91"}) - (name in {"ASCII_41", "ASCII_93"})
        if not depth and name in {"NOT", "NULL_P", "CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES"}:
            break
        end += 1
    if not type_tokens or end == starts[0] + 1:
        return None
    kind = text[type_tokens[0].start : type_tokens[-1].end + 1]
    return kind, text[tokens[starts[0] + 1].start : tokens[end - 1].end + 1]


def serial_in_batches(step: Step) -> Rewrite | None:
    """A sequence of its own, a default for new rows, then numbers for the old rows in batches."""
    found = added_column(step)
    if found is None or not isinstance(step.tree, AlterTable):
        return None
    target, column = found
    relation = step.tree.relation
    names = column.type.names if column.type else ()
    kind = _SERIALS.get(names[-1]) if names else None
    if kind is None or any(one.kind is not ConstraintType.NOTNULL for one in column.constraints):
        return None
    schema = f"{quoted(relation.schema)}." if relation.schema else ""
    sequence = f"{schema}{quoted(make_object_name(relation.name, column.name, 'seq'))}"
    name = quoted(column.name)
    literal = sequence.replace("'", "''")
    steps = (
        *target.others,
        alone(f"create sequence {sequence} as {kind}"),
        RewriteStep(f"{target.head} add column {name} {kind}"),
        RewriteStep(f"alter sequence {sequence} owned by {target.table}.{name}"),
        RewriteStep(f"{target.head} alter column {name} set default nextval('{literal}'::regclass)"),
        backfill(target.table, f"{name} = default", f"{name} is null"),
        *not_null_steps(target.head, relation.name, column.name, step.look.major)[0],
    )
    undo = (f"{target.head} drop column if exists {name}", f"drop sequence if exists {sequence}", *target.undo)
    return Rewrite(steps, rollback=undo)


def identity_in_batches(step: Step) -> Rewrite | None:
    """Numbers from a sequence for all rows first; the identity, which needs them, takes over from it at the end."""
    found = added_column(step)
    if found is None or not isinstance(step.tree, AlterTable) or found[1].type is None:
        return None
    target, column = found
    identity = next((one for one in column.constraints if one.kind is ConstraintType.IDENTITY), None)
    cut = _identity_cut(target.clause)
    if identity is None or cut is None or not {one.kind for one in column.constraints} <= _BESIDE_IDENTITY:
        return None
    relation, name = step.tree.relation, quoted(column.name)
    schema = f"{quoted(relation.schema)}." if relation.schema else ""
    feeding = f"{schema}{quoted(make_object_name(relation.name, column.name, 'fill'))}"
    literal, table = feeding.replace("'", "''"), target.table.replace("'", "''")
    plain, words, options = cut
    key = column.name.replace("'", "''")
    steps = (
        *target.others,
        alone(f"create sequence {feeding} {options}".rstrip()),
        RewriteStep(f"{target.head} {plain}"),
        RewriteStep(f"{target.head} alter column {name} set default nextval('{literal}')"),
        backfill(target.table, f"{name} = default", f"{name} is null"),
        *not_null_steps(target.head, relation.name, column.name, step.look.major)[0],
        RewriteStep(f"lock table {target.table} in access exclusive mode", transaction=1),
        RewriteStep(f"{target.head} alter column {name} drop default", transaction=1),
        RewriteStep(f"{target.head} alter column {name} add {words}", transaction=1),
        RewriteStep(
            f"select setval(pg_get_serial_sequence('{table}', '{key}'), nextval('{literal}'), false)", transaction=1
        ),
        RewriteStep(f"drop sequence {feeding}", transaction=1),
    )
    undo = (f"{target.head} drop column if exists {name}", f"drop sequence if exists {feeding}", *target.undo)
    return Rewrite(steps, rollback=undo)


def _identity_cut(clause: str) -> tuple[str, str, str] | None:
    """The clause without its identity, `generated ... as identity (...)`, and the options in its brackets."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(clause) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    if "GENERATED" not in names or "IDENTITY_P" not in names:
        return None
    start, end = names.index("GENERATED"), names.index("IDENTITY_P")
    last = end
    if names[end + 1 : end + 2] == ["ASCII_40"]:
        last = names.index("ASCII_41", end)
    options = clause[tokens[end + 1].end + 1 : tokens[last].start] if last > end else ""
    rest = clause[tokens[last].end + 1 :].replace("not null", "").strip()
    plain = clause[: tokens[start].start].rstrip()
    return None if rest else (plain, clause[tokens[start].start : tokens[last].end + 1], options.strip())


def constraint_after_column(step: Step) -> Rewrite | None:
    """The column first; its CHECK or foreign key NOT VALID; validated on its own."""
    from migrations_safety.rewrites.inline import cut_constraint  # noqa: PLC0415 - needs tokens

    found = added_column(step)
    if found is None:
        return None
    target, column = found
    made = made_constraints(target.alone)
    if len(made) != 1:
        return None
    cut = cut_constraint(target.clause, made[0].kind, column.name)
    if cut is None:
        return None
    name = quoted(made[0].name)
    return Rewrite(
        steps=(
            *target.others,
            RewriteStep(f"{target.head} {cut[0]}, add constraint {name} {cut[1]} not valid"),
            RewriteStep(f"{target.head} validate constraint {name}"),
        ),
        rollback=(f"{target.head} drop column if exists {quoted(column.name)}", *target.undo),
    )


def expand_and_contract(step: Step) -> Rewrite | None:
    """A second column, kept equal by a trigger, filled in batches, then swapped; in words where it is not plain."""
    from migrations_safety.rewrites.expanding import exchange_of, swapped_column  # noqa: PLC0415 - few change types
    from migrations_safety.rewrites.obstacles import obstacles  # noqa: PLC0415 - as above

    exchange = exchange_of(step)
    standing = obstacles(exchange) if exchange is not None else []
    if exchange is not None and not standing:
        return swapped_column(exchange)
    target = target_of(step, AlterTableType.ALTER_COLUMN_TYPE)
    if target is None or not isinstance(step.tree, AlterTable):
        return None
    if len(step.tree.wire_commands) > 1:
        standing = ["the type change is not alone in its statement"]
    command = next(one for one in step.tree.commands if one.kind is AlterTableType.ALTER_COLUMN_TYPE)
    old = command.name or ""
    new = make_object_name(old, "", "new")
    words = (
        f"add a column {new} of the new type to {target.table}",
        f"a trigger that sets {new} from {old} on every INSERT and UPDATE",
        f"fill {new} where it is null, {BATCH_ROWS:,} rows a transaction",
        f"indexes, constraints and NOT NULL of {old} on {new}, built concurrently or validated",
        f"in one short transaction: drop the trigger, rename {old} away and {new} to {old}",
        "drop the old column once no deployed code reads it",
    )
    return Rewrite(
        tuple(RewriteStep(f"{number}. {word}", manual=True) for number, word in enumerate(words, 1)),
        note=f"no statements are given: {'; '.join(standing)}" if standing else _UNKNOWN,
    )


def in_batches(step: Step) -> Rewrite | None:
    """DELETE or UPDATE of every row, a batch at a time."""
    tree = step.tree
    if not isinstance(tree, Delete) or tree.where or "using" in sql_of(step).lower():
        return update_in_batches(step)
    table = name_of(tree.relation)
    rows = f"array(select ctid from {table} limit {BATCH_ROWS})"
    sql = f"delete from {table} where ctid = any ({rows})"
    return Rewrite((RewriteStep(sql, repeat=True, lock_timeout_ms=None),))


def update_in_batches(step: Step) -> Rewrite | None:
    """The UPDATE of one column to a constant, of all rows or of those where it is null, a batch at a time."""
    tree = step.tree
    if not isinstance(tree, Update) or len(tree.targets) != 1 or tree.relation.alias or not can_be_cut(step):
        return None
    target = tree.targets[0]
    value = _constant_text(sql_of(step))
    if target.name is None or value is None:
        return None
    name = quoted(target.name)
    missing = f"{name} is distinct from {value}"
    if tree.where:
        missing = f"{name} is null"
        if from_source(tree.where) != m.NullTest(m.Column((target.name,)), is_null=True) or value.lower() == "null":
            return None
    return Rewrite((backfill(name_of(tree.relation), f"{name} = {value}", missing),))


def _constant_text(sql: str) -> str | None:
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(sql) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    last = names.index("WHERE") if "WHERE" in names else len(names)
    if last < 1 or names[last - 1] not in {"SCONST", "ICONST", "FCONST", "TRUE_P", "FALSE_P", "NULL_P"}:
        return None
    is_assigned = last > 1 and names[last - 2] == "ASCII_61"
    return sql[tokens[last - 1].start : tokens[last - 1].end + 1] if is_assigned else None
