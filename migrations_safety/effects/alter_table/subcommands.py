"""The subcommands of ALTER TABLE: on what kinds of relations, in which pass, how they reach children, what they do."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NamedTuple

from migrations_safety.effects.alter_table import (
    attaching,
    columns,
    constraints,
    detaching,
    identity,
    nullability,
    parents,
    properties,
    retype,
)
from migrations_safety.effects.alter_table.finish import finish
from migrations_safety.effects.alter_table.levels import lock_level
from migrations_safety.effects.alter_table.plan import Alteration, Pass
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import Rel, Run
from probes.catalog.rows import PgClass, PgIndex
from probes.sql.tree.enums import AlterTableType as A
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.tables import AlterTable, AlterTableCommand

Execute = Callable[[Alteration, Any, AlterTableCommand], None]


class Recursion(enum.Enum):
    """How a subcommand reaches the children of its table."""

    NONE = "none"
    EACH = "queued for each of them before anything is executed"
    OWN = "by the subcommand itself"


class Subcommand(NamedTuple):
    """What is known of one kind of subcommand."""

    kinds: str
    """pg_class.relkind of what it can be applied to."""
    when: Pass
    execute: Execute
    recursion: Recursion = Recursion.NONE


def _nothing(_work: Alteration, _relation: Rel, _command: AlterTableCommand) -> None:
    """Locks, and changes nothing that a catalog holds."""


_EACH, _OWN = Recursion.EACH, Recursion.OWN
_SUBCOMMANDS: dict[A, Subcommand] = {
    A.ADD_COLUMN: Subcommand("rpfc", Pass.ADD_COLUMN, columns.add_column, _OWN),
    A.DROP_COLUMN: Subcommand("rpfc", Pass.DROP, columns.drop_column, _OWN),
    A.COLUMN_DEFAULT: Subcommand("rpfv", Pass.ADD_OTHER_CONSTRAINT, properties.set_default, _EACH),
    A.SET_NOT_NULL: Subcommand("rpf", Pass.COLUMN_ATTRIBUTES, nullability.set_not_null, _EACH),
    A.DROP_NOT_NULL: Subcommand("rpf", Pass.DROP, nullability.drop_not_null, _EACH),
    A.SET_EXPRESSION: Subcommand("rpf", Pass.SET_EXPRESSION, retype.set_expression, _EACH),
    A.DROP_EXPRESSION: Subcommand("rpf", Pass.DROP, properties.drop_expression, _EACH),
    A.SET_STATISTICS: Subcommand("rpmiIf", Pass.MISCELLANEOUS, properties.column_property, _EACH),
    A.SET_OPTIONS: Subcommand("rpmf", Pass.MISCELLANEOUS, properties.column_property),
    A.RESET_OPTIONS: Subcommand("rpmf", Pass.MISCELLANEOUS, properties.column_property),
    A.SET_STORAGE: Subcommand("rpmf", Pass.MISCELLANEOUS, properties.column_property, _EACH),
    A.SET_COMPRESSION: Subcommand("rpm", Pass.MISCELLANEOUS, properties.column_property),
    A.ADD_CONSTRAINT: Subcommand("rpf", Pass.DROP, constraints.add_constraint, _OWN),
    A.DROP_CONSTRAINT: Subcommand("rpf", Pass.DROP, constraints.drop_constraint, _OWN),
    A.VALIDATE_CONSTRAINT: Subcommand("rpf", Pass.MISCELLANEOUS, constraints.validate_constraint, _OWN),
    A.ALTER_CONSTRAINT: Subcommand("rp", Pass.MISCELLANEOUS, constraints.alter_constraint, _OWN),
    A.ALTER_COLUMN_TYPE: Subcommand("rpcf", Pass.ALTER_TYPE, retype.execute, _EACH),
    A.ALTER_COLUMN_GENERIC_OPTIONS: Subcommand("f", Pass.MISCELLANEOUS, _nothing),
    A.CHANGE_OWNER: Subcommand("rpvmSfci", Pass.MISCELLANEOUS, properties.change_owner),
    A.CLUSTER_ON: Subcommand("rpm", Pass.MISCELLANEOUS, properties.cluster),
    A.DROP_CLUSTER: Subcommand("rpm", Pass.MISCELLANEOUS, properties.cluster),
    A.SET_LOGGED: Subcommand("rpS", Pass.DROP, properties.persistence),
    A.SET_UN_LOGGED: Subcommand("rpS", Pass.DROP, properties.persistence),
    A.DROP_OIDS: Subcommand("rpf", Pass.DROP, _nothing),
    A.SET_ACCESS_METHOD: Subcommand("rpm", Pass.DROP, properties.access_method),
    A.SET_TABLE_SPACE: Subcommand("rpmiI", Pass.MISCELLANEOUS, properties.tablespace),
    A.SET_REL_OPTIONS: Subcommand("rpvmi", Pass.MISCELLANEOUS, properties.relation_options),
    A.RESET_REL_OPTIONS: Subcommand("rpvmi", Pass.MISCELLANEOUS, properties.relation_options),
    A.REPLACE_REL_OPTIONS: Subcommand("v", Pass.MISCELLANEOUS, properties.relation_options),
    A.ADD_INHERIT: Subcommand("rpf", Pass.MISCELLANEOUS, parents.inherit),
    A.DROP_INHERIT: Subcommand("rpf", Pass.MISCELLANEOUS, parents.inherit),
    A.ADD_OF: Subcommand("rp", Pass.MISCELLANEOUS, parents.of_type),
    A.DROP_OF: Subcommand("rp", Pass.MISCELLANEOUS, parents.of_type),
    A.REPLICA_IDENTITY: Subcommand("rpm", Pass.MISCELLANEOUS, properties.replica_identity),
    A.ENABLE_ROW_SECURITY: Subcommand("rp", Pass.MISCELLANEOUS, properties.row_security),
    A.DISABLE_ROW_SECURITY: Subcommand("rp", Pass.MISCELLANEOUS, properties.row_security),
    A.FORCE_ROW_SECURITY: Subcommand("rp", Pass.MISCELLANEOUS, properties.row_security),
    A.NO_FORCE_ROW_SECURITY: Subcommand("rp", Pass.MISCELLANEOUS, properties.row_security),
    A.GENERIC_OPTIONS: Subcommand("f", Pass.MISCELLANEOUS, _nothing),
    A.ATTACH_PARTITION: Subcommand("rpI", Pass.MISCELLANEOUS, attaching.attach),
    A.DETACH_PARTITION: Subcommand("rp", Pass.MISCELLANEOUS, detaching.detach),
    A.DETACH_PARTITION_FINALIZE: Subcommand("rp", Pass.MISCELLANEOUS, detaching.finalize),
    A.ADD_IDENTITY: Subcommand("rpfv", Pass.ADD_OTHER_CONSTRAINT, identity.identity),
    A.SET_IDENTITY: Subcommand("rpfv", Pass.MISCELLANEOUS, identity.identity),
    A.DROP_IDENTITY: Subcommand("rpfv", Pass.DROP, identity.identity),
}
for _kind in properties.IN_TRIGGER:
    _SUBCOMMANDS[_kind] = Subcommand("rpf", Pass.MISCELLANEOUS, properties.triggers, _EACH)
for _kind in properties.IN_RULE:
    _SUBCOMMANDS[_kind] = Subcommand("rp", Pass.MISCELLANEOUS, properties.rules)

_TARGET_KINDS = {
    ObjectType.INDEX: "iI",
    ObjectType.VIEW: "v",
    ObjectType.MATVIEW: "m",
    ObjectType.SEQUENCE: "S",
    ObjectType.FOREIGN_TABLE: "f",
    ObjectType.TYPE: "c",
}
_ASSUMED_KIND = {
    ObjectType.INDEX: "i",
    ObjectType.VIEW: "v",
    ObjectType.MATVIEW: "m",
    ObjectType.SEQUENCE: "S",
    ObjectType.FOREIGN_TABLE: "f",
    ObjectType.TYPE: "c",
}
_ROLES = {"i": Role.INDEX, "I": Role.INDEX}
_RECURSIVE_NOT_NULL_SINCE = 18


def alter_table(run: Run, statement: AlterTable) -> None:
    """Work out ALTER TABLE."""
    kind = _ASSUMED_KIND.get(statement.object_type, "r")
    relation = run.relation(statement.relation, missing_ok=statement.missing_ok, kind=kind)
    if relation is None:
        return
    _check_target(run, statement, relation)
    mode = max((lock_level(command) for command in statement.commands), key=lambda found: found.strength)
    run.lock(relation, mode, _ROLES.get(relation.kind, Role.TARGET))
    work = Alteration(run, relation.oid, mode, recurse=statement.relation.inherits)
    for command in statement.commands:
        _queue(work, relation, command)
    work.execute(lambda: retype.rebuild(work))
    finish(work)


def _check_target(run: Run, statement: AlterTable, relation: Rel) -> None:
    if run.is_assumed(relation):
        return
    wanted = _TARGET_KINDS.get(statement.object_type)
    if wanted is not None and relation.kind not in wanted:
        run.refuse("42809", f"{relation.name} is not a {statement.object_type.value}")
    if wanted is None and relation.kind == "c":
        run.refuse("42809", f"{relation.name} is a composite type")


def _queue(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    run = work.run
    known = _SUBCOMMANDS.get(command.kind)
    if known is None:
        return
    if relation.kind not in known.kinds and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} is of the wrong kind for {command.kind.value}")
    if command.kind is A.ALTER_COLUMN_TYPE and isinstance(relation, PgClass):
        retype.prepare(work, relation, command)
    known = _since_18(known, command) if run.major >= _RECURSIVE_NOT_NULL_SINCE else known
    targets = _targets(work, relation, known, command)
    if command.kind is A.ADD_CONSTRAINT and isinstance(relation, PgClass):
        constraints.add_constraint(work, relation, command)
        return
    for target in targets:
        _queue_for(work, target, known, command)


def _since_18(known: Subcommand, command: AlterTableCommand) -> Subcommand:
    """NOT NULL is a constraint from 18 on, and looks after children itself."""
    if command.kind is A.SET_NOT_NULL:
        return known._replace(execute=nullability.set_not_null_recursively, recursion=_OWN)
    return known._replace(recursion=_OWN) if command.kind is A.DROP_NOT_NULL else known


def _targets(work: Alteration, relation: Rel, known: Subcommand, command: AlterTableCommand) -> list[Rel]:
    """The relations that the subcommand is carried out on.

    Raises:
        Refused: Children would be left out.
    """
    if not isinstance(relation, PgClass):
        return [relation]
    targets: list[Rel] = [relation]
    if known.recursion is _EACH and _reaches_children(work, relation, command):
        targets = list(work.tree(relation))
    if relation.kind == "c":
        targets += _typed_tables(work, relation, command)
    return targets


def _queue_for(work: Alteration, target: Rel, known: Subcommand, command: AlterTableCommand) -> None:
    work.at(known.when, lambda: known.execute(work, _now(work.run, target), command))


def _reaches_children(work: Alteration, relation: PgClass, command: AlterTableCommand) -> bool:
    """Whether children get the subcommand too; some refuse to leave them out.

    Raises:
        Refused: 42P16 or 0A000.
    """
    run = work.run
    if command.kind in properties.IN_TRIGGER:
        return relation.kind == "p"
    has_children = bool(run.children(relation.oid))
    if command.kind is A.SET_NOT_NULL and relation.kind == "p" and has_children:
        column = nullability.column_named(run, relation, command.name)
        if column is not None and column.not_null:
            return False
        if not work.recurse and any(
            (own := run.column(child.oid, command.name or "")) is not None and not own.not_null
            for child in run.children(relation.oid)
        ):
            run.refuse("42P16", "constraint must be added to child tables too")
    if command.kind is A.DROP_NOT_NULL and relation.kind == "p" and has_children and not work.recurse:
        run.refuse("42P16", "cannot remove constraint from only the partitioned table when partitions exist")
    if command.kind is A.DROP_EXPRESSION:
        nested = work.recurse and any(run.children(child.oid) for child in run.children(relation.oid))
        if nested or (has_children and not work.recurse):
            run.refuse("0A000", "ALTER TABLE / DROP EXPRESSION must be applied to child tables too")
    return True


def _typed_tables(work: Alteration, relation: PgClass, command: AlterTableCommand) -> list[Rel]:
    """Tables of a composite type, which change with it (ATTypedTableRecursion).

    Raises:
        Refused: 2BP01, there are some and CASCADE was not written.
    """
    run = work.run
    found: list[Rel] = []
    for typed in run.world.where(PgClass, "of_type", relation.row_type) if relation.row_type else ():
        if not command.cascade:
            run.refuse("2BP01", f"table {typed.name} is of this type")
        run.lock(typed, work.mode, Role.TYPE_USER)
        found.append(typed)
        if command.kind is A.ALTER_COLUMN_TYPE:
            retype.prepare(work, typed, command, recursing=True)
    return found


def _now(run: Run, relation: Rel) -> Rel:
    if isinstance(relation, PgIndex):
        return run.world.one(PgIndex, relation.oid) or relation
    return run.world.one(PgClass, relation.oid) or relation
