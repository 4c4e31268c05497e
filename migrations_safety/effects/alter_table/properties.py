"""Subcommands that change a property of a table or column and leave its rows alone, or copy its files."""

from __future__ import annotations

from migrations_safety.effects import privileges, sequences
from migrations_safety.effects.alter_table.nullability import column_named
from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.columns import is_null, put_default
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.model import Role
from migrations_safety.effects.options import check_options, merged, options_of
from migrations_safety.effects.refused_expressions import refuse_default
from migrations_safety.effects.roles import role_oid, tablespace_oid
from migrations_safety.effects.run import AE, SHARE, SUE, Rel, Run
from migrations_safety.effects.triggers import CLONES_SHOWN_SINCE
from migrations_safety.effects.world import HEAP
from probes.catalog.rows import PgAttribute, PgClass, PgIndex, PgRewrite, PgTrigger, PgType
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import ReplicaIdentity
from probes.sql.tree.enums import AlterTableType as A
from probes.sql.tree.tables import AlterTableCommand

IN_TRIGGER = {
    A.ENABLE_TRIG: "O",
    A.ENABLE_TRIG_ALL: "O",
    A.ENABLE_TRIG_USER: "O",
    A.ENABLE_ALWAYS_TRIG: "A",
    A.ENABLE_REPLICA_TRIG: "R",
    A.DISABLE_TRIG: "D",
    A.DISABLE_TRIG_ALL: "D",
    A.DISABLE_TRIG_USER: "D",
}
IN_RULE = {A.ENABLE_RULE: "O", A.ENABLE_ALWAYS_RULE: "A", A.ENABLE_REPLICA_RULE: "R", A.DISABLE_RULE: "D"}
_EVERY_TRIGGER = frozenset({A.ENABLE_TRIG_ALL, A.ENABLE_TRIG_USER, A.DISABLE_TRIG_ALL, A.DISABLE_TRIG_USER})


# ---- columns


def set_default(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """SET DEFAULT and DROP DEFAULT on one table."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        return
    if column.identity:
        run.refuse("42601", f"column {column.name} is an identity column")
    if column.generated:
        run.refuse("42601", f"column {column.name} is a generated column")
    old = run.default_of(column)
    if old is not None:
        drop(run, [Obj(Kind.DEFAULT, old.oid)], cascade=False, internal=True)
        column = column_named(run, relation, command.name) or column
    if command.expression:
        expression = from_source(command.expression)
        if not is_null(expression):
            refuse_default(run, relation, column.name, column.type, expression)
            put_default(run, column, expression)


def drop_expression(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """DROP EXPRESSION: a generated column becomes an ordinary one."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        return
    if column.inherited_count > 0 and relation.oid == work.target:
        run.refuse("42P16", "cannot drop generation expression from inherited column")
    if not column.generated:
        if command.missing_ok:
            return
        run.refuse("55000", f"column {column.name} is not a generated column")
    if column.generated == "v":
        run.refuse("0A000", "ALTER TABLE / DROP EXPRESSION is not supported for virtual generated columns")
    old = run.default_of(column)
    run.change(column, generated="", has_default=False)
    if old is not None:
        run.world.remove(old)


def column_property(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """SET STATISTICS, SET STORAGE, SET COMPRESSION and options of a column."""
    run = work.run
    if isinstance(relation, PgIndex) or command.number:
        _refuse_unless_expression(run, relation, command.number)
        return
    column = column_named(run, relation, command.name)
    if command.kind in (A.SET_STORAGE, A.SET_COMPRESSION):
        for index in run.indexes(relation.oid):
            run.lock(index, AE, Role.INDEX)
    if column is None:
        return
    value = command.definition
    match command.kind:
        case A.SET_STATISTICS:
            target = value if isinstance(value, int) and value >= 0 else None
            run.change(column, statistics_target=target)
        case A.SET_STORAGE:
            _set_storage(run, column, str(value))
        case A.SET_COMPRESSION:
            _set_compression(run, column, str(value))
        case _:
            run.change(column, options=merged(column.options, options_of(command), reset=_is_reset(command)))


def _refuse_unless_expression(run: Run, relation: Rel, number: int) -> None:
    """Statistics of an index are set by the number of an expression.

    Raises:
        Refused: 0A000.
    """
    if not isinstance(relation, PgIndex):
        run.refuse("0A000", "cannot refer to non-index column by number")
    if not number or (number <= len(relation.columns) and relation.columns[number - 1]):
        run.refuse("0A000", f"cannot alter statistics on non-expression column of index {relation.name}")


def _set_storage(run: Run, column: PgAttribute, word: str) -> None:
    own = run.world.one(PgType, column.type)
    if word.lower() == "default":
        run.change(column, storage=own.storage if own else column.storage)
        return
    found = {"plain": "p", "external": "e", "extended": "x", "main": "m"}.get(word.lower())
    if found is None:
        run.refuse("22023", f"invalid storage type {word}")
    if own is not None and own.storage == "p" and found != "p":
        run.refuse("0A000", f"column data type can only have storage PLAIN, not {word}")
    run.change(column, storage=found)


def _set_compression(run: Run, column: PgAttribute, word: str) -> None:
    own = run.world.one(PgType, column.type)
    if own is not None and own.storage == "p":
        run.refuse("0A000", "column data type does not support compression")
    run.change(column, compression={"pglz": "p", "lz4": "l"}.get(word.lower(), ""))


def _is_reset(command: AlterTableCommand) -> bool:
    return command.kind in (A.RESET_OPTIONS, A.RESET_REL_OPTIONS)


# ---- tables


def relation_options(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """SET and RESET of storage parameters."""
    run = work.run
    check_options(run, relation, options_of(command), reset=_is_reset(command))
    own = [option for option in options_of(command) if option.namespace != "toast"]
    toast = [option for option in options_of(command) if option.namespace == "toast"]
    run.change(relation, options=merged(relation.options, own, reset=_is_reset(command)))
    now = run.world.relation(relation.oid)
    if toast and isinstance(now, PgClass):
        run.change(now, toast_options=merged(now.toast_options, toast, reset=_is_reset(command)))


def change_owner(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """OWNER TO: indexes and owned sequences go along."""
    run = work.run
    owner = role_oid(run, command.new_owner)
    if not isinstance(relation, PgClass) or relation.owner == owner:
        return
    if relation.kind == "S" and sequences.is_owned(run, relation.oid):
        run.refuse("0A000", f"cannot change owner of sequence {relation.name}")
    privileges.change_owner(run, relation, owner)
    for index in run.indexes(relation.oid):
        run.lock(index, AE, Role.INDEX)
    for column in run.columns(relation.oid):
        sequence = sequences.sequence_of(run, column)
        row = run.world.one(PgClass, sequence) if sequence is not None else None
        if row is not None:
            run.lock(row, AE, Role.SEQUENCE)
            privileges.change_owner(run, row, owner)


def cluster(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """CLUSTER ON and SET WITHOUT CLUSTER."""
    run = work.run
    wanted = None
    if command.kind is A.CLUSTER_ON:
        wanted = index_of(run, relation, command.name or "")
    if relation.kind == "p":
        run.refuse("0A000", "cannot mark index clustered in partitioned table")
    if wanted is not None:
        run.lock(wanted, SUE, Role.INDEX)
        if wanted.method not in {"btree", "gist"} or wanted.predicate is not None:
            run.refuse("0A000", f"cannot cluster on index {wanted.name}")
    for index in run.indexes(relation.oid):
        clustered = wanted is not None and index.oid == wanted.oid
        if index.clustered != clustered:
            run.change(index, clustered=clustered)


def index_of(run: Run, relation: PgClass, name: str) -> PgIndex | None:
    """The index of a table by its name; None where the table is only assumed.

    Raises:
        Refused: 42704, it has no such index.
    """
    found = next((index for index in run.indexes(relation.oid) if index.name == name), None)
    if found is None and run.knows_columns(relation):
        run.refuse("42704", f"index {name} for table {relation.name} does not exist")
    return found


def persistence(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """SET LOGGED and SET UNLOGGED."""
    run = work.run
    wanted = "p" if command.kind is A.SET_LOGGED else "u"
    if isinstance(relation, PgClass) and relation.kind == "S" and run.major < 15:  # noqa: PLR2004 - a major
        run.refuse("42809", f"{relation.name} is a sequence")
    if relation.kind == "p" and run.major >= 18:  # noqa: PLR2004 - a major
        run.refuse("42809", "SET LOGGED and UNLOGGED are not supported on partitioned tables")
    if not isinstance(relation, PgClass):
        return
    if relation.persistence == "t":
        run.refuse("42P16", "cannot change logged status of a temporary table")
    if run.is_assumed(relation):
        work.rewrite(relation, f"SET {'LOGGED' if wanted == 'p' else 'UNLOGGED'} writes another kind of file")
        return
    if relation.persistence == wanted:
        return
    _refuse_mixed(run, relation, wanted)
    if relation.kind != "p":
        _write_other_files(work, relation, wanted)


def _write_other_files(work: Alteration, relation: PgClass, wanted: str) -> None:
    run = work.run
    run.change(relation, persistence=wanted)
    work.rewrite(relation, f"SET {'LOGGED' if wanted == 'p' else 'UNLOGGED'} writes another kind of file")
    for column in run.columns(relation.oid):
        sequence = sequences.sequence_of(run, column)
        row = run.world.one(PgClass, sequence) if sequence is not None else None
        if row is not None and run.major >= 15:  # noqa: PLR2004 - a major
            run.lock(row, AE, Role.SEQUENCE)
            run.change(row, persistence=wanted)


def _refuse_mixed(run: Run, relation: PgClass, wanted: str) -> None:
    from probes.catalog.rows import PgConstraint, PgPublication  # noqa: PLC0415 - short

    if wanted == "u":
        for publication in run.world.store(PgPublication).all():
            if relation.oid in publication.relations:
                run.refuse("55000", "cannot change table to unlogged because it is part of a publication")
        for key in run.world.where(PgConstraint, "referenced", relation.oid):
            user = run.world.one(PgClass, key.relation)
            if user is not None and user.oid != relation.oid and user.persistence == "p":
                run.refuse("42P16", "a logged table references it")
    else:
        for key in run.constraints(relation.oid):
            partner = run.world.one(PgClass, key.referenced) if key.kind == "f" else None
            if partner is not None and partner.oid != relation.oid and partner.persistence == "u":
                run.refuse("42P16", "it references an unlogged table")


def access_method(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """SET ACCESS METHOD."""
    run = work.run
    wanted = HEAP if command.name in {"heap", None} else 0
    if relation.kind == "p" and run.major < 17:  # noqa: PLR2004 - a major
        run.refuse("42809", "cannot change access method of a partitioned table")
    if run.is_assumed(relation) and wanted:
        run.record.assume(f"{relation.name} has the access method heap already")
    elif not wanted:
        work.rewrite(relation, "SET ACCESS METHOD writes another kind of file")
    elif relation.access_method != wanted:
        run.change(relation, access_method=wanted)
        work.rewrite(relation, "SET ACCESS METHOD writes another kind of file")


def tablespace(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """SET TABLESPACE: the files are copied."""
    run = work.run
    wanted = tablespace_oid(run, command.name or "")
    if relation.tablespace == wanted and wanted is not None and not run.is_assumed(relation):
        return
    run.change(relation, tablespace=wanted or 0)
    why = "its files are copied into another tablespace"
    if isinstance(relation, PgIndex):
        if relation.kind == "i":
            run.record.build(run.ref(relation), why)
    elif relation.kind in {"r", "m"}:
        run.rewrite(relation, why)


def replica_identity(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """REPLICA IDENTITY."""
    run = work.run
    definition = command.definition
    if not isinstance(definition, ReplicaIdentity):
        return
    chosen = None
    if definition.kind == "i":
        chosen = index_of(run, relation, definition.index_name or "")
        if chosen is not None:
            run.lock(chosen, SHARE, Role.INDEX)
            nullable = any(
                not column.not_null for column in run.columns(relation.oid) if column.number in chosen.columns
            )
            if not chosen.unique or chosen.predicate or chosen.expressions or not chosen.immediate:
                run.refuse("42809", f"cannot use index {chosen.name} as replica identity")
            if nullable:
                run.refuse("42809", f"index {chosen.name} cannot be used as replica identity: a column is nullable")
    run.change(relation, replica_identity=definition.kind)
    for index in run.indexes(relation.oid):
        is_chosen = chosen is not None and index.oid == chosen.oid
        if index.is_replica_identity != is_chosen:
            run.change(index, is_replica_identity=is_chosen)


def row_security(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY."""
    on = command.kind in (A.ENABLE_ROW_SECURITY, A.FORCE_ROW_SECURITY)
    if command.kind in (A.ENABLE_ROW_SECURITY, A.DISABLE_ROW_SECURITY):
        work.run.change(relation, row_security=on)
    else:
        work.run.change(relation, force_row_security=on)


def triggers(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ENABLE and DISABLE TRIGGER."""
    run = work.run
    state = IN_TRIGGER[command.kind]
    found = False
    for trigger in run.world.where(PgTrigger, "relation", relation.oid):
        if command.kind in _EVERY_TRIGGER or trigger.name == command.name:
            found = True
            if trigger.is_internal and command.kind in (A.ENABLE_TRIG_USER, A.DISABLE_TRIG_USER):
                continue
            if trigger.enabled != state:
                run.change(trigger, enabled=state)
    if not found and command.kind not in _EVERY_TRIGGER and not has_hidden_clone(run, relation, command.name or ""):
        run.refuse_if_known(relation, "42704", f"trigger {command.name} does not exist")


def has_hidden_clone(run: Run, relation: Rel, name: str) -> bool:
    """Before 15 the triggers that partitions get from their table are internal, and no catalog holds them."""
    if run.major >= CLONES_SHOWN_SINCE:
        return False
    return any(
        trigger.name == name and trigger.type_bits & 1
        for above in run.ancestors(relation.oid)
        if above.kind == "p"
        for trigger in run.world.where(PgTrigger, "relation", above.oid)
    )


def rules(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ENABLE and DISABLE RULE."""
    run = work.run
    for rule in run.world.where(PgRewrite, "relation", relation.oid):
        if rule.name == command.name:
            run.change(rule, enabled=IN_RULE[command.kind])
            return
    run.refuse_if_known(relation, "42704", f"rule {command.name} does not exist")
