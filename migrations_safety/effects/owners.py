"""SET SCHEMA, OWNER TO, DROP OWNED, REASSIGN OWNED and their kind."""

from __future__ import annotations

from migrations_safety.effects import sequences
from migrations_safety.effects.acl import revoked, role_item
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role
from migrations_safety.effects.privileges import GRANTS_LOCK_SINCE, change_owner
from migrations_safety.effects.roles import role_oid, tablespace_oid
from migrations_safety.effects.run import AE, AS, Rel, Run
from migrations_safety.effects.types import type_named
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRole,
    PgStatisticExt,
    PgTrigger,
    PgType,
    Row,
)
from probes.sql.tree.administration import DropOwned, ReassignOwned
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import ObjectWithArgs, TypeName, name_parts
from probes.sql.tree.tables import DependsOnExtension, MoveAll, SetOwner, SetSchema

_KINDS = {O.VIEW: "v", O.MATVIEW: "m", O.SEQUENCE: "S", O.FOREIGN_TABLE: "f"}
_EVERYTHING = "arwdDxtXUCTcsAm"
_RELATIONS = frozenset({O.TABLE, O.VIEW, O.MATVIEW, O.SEQUENCE, O.FOREIGN_TABLE})


def set_schema(run: Run, statement: SetSchema) -> None:
    """Work out ALTER ... SET SCHEMA."""
    if statement.object_type not in _RELATIONS or statement.relation is None:
        _move_other(run, statement)
        return
    wanted = _KINDS.get(statement.object_type, "")
    relation = run.relation(statement.relation, missing_ok=statement.missing_ok, kind=wanted or "r")
    if relation is None:
        return
    run.lock(relation, AE, _role(relation))
    if run.is_assumed(relation):
        run.change(relation, namespace=run.schema(statement.new_schema))
        return
    if (wanted and relation.kind not in wanted) or relation.kind == "c" or not isinstance(relation, PgClass):
        run.refuse("42809", f"{relation.name} is of another kind")
    if relation.kind == "S" and sequences.is_owned(run, relation.oid):
        run.refuse("0A000", "cannot move an owned sequence into another schema")
    namespace = run.schema(statement.new_schema)
    if relation.persistence == "t":
        run.refuse("0A000", "cannot move objects into or out of temporary schemas")
    _move(run, relation, namespace)


def _move(run: Run, relation: PgClass, namespace: int) -> None:
    same = relation.namespace == namespace
    if not same and run.find(run.world.schema_name(namespace), relation.name) is not None:
        run.refuse("42P07", f"relation {relation.name} exists in schema")
    run.change(relation, namespace=namespace)
    if relation.kind == "S":
        sequences.renamed(run, relation.oid)
    for index in run.indexes(relation.oid):
        if _hangs_on_columns(run, index):
            run.lock(index, AE, Role.INDEX)
        run.change(index, namespace=namespace)
    for constraint in run.constraints(relation.oid):
        run.change(constraint, namespace=namespace)
    for column in run.columns(relation.oid):
        sequence = sequences.sequence_of(run, column)
        row = run.world.one(PgClass, sequence) if sequence is not None else None
        if row is not None:
            run.lock(row, AE, Role.SEQUENCE)
            run.change(row, namespace=namespace)
            sequences.renamed(run, row.oid)


def _hangs_on_columns(run: Run, index: PgIndex) -> bool:
    """The search for sequences of the columns opens whatever depends on a column, which indexes of keys do not."""
    is_key = any(row.kind in {"p", "u", "x"} for row in run.world.where(PgConstraint, "index", index.oid))
    return not is_key or index.expressions is not None or index.predicate is not None


def _role(relation: Rel) -> Role:
    by_kind = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE, "i": Role.INDEX, "I": Role.INDEX}
    return by_kind.get(relation.kind, Role.TARGET)


def _move_other(run: Run, statement: SetSchema) -> None:
    namespace = run.schema(statement.new_schema)
    row = _named(run, statement.object_type, statement.object)
    if isinstance(row, PgType | PgProc | PgStatisticExt):
        run.change(row, namespace=namespace)
    if isinstance(row, PgType) and row.relation:
        composite = run.world.one(PgClass, row.relation)
        if composite is not None:
            run.change(composite, namespace=namespace)


def _named(run: Run, kind: O, named: object) -> Row | None:
    """The object that is not a relation.

    Raises:
        Refused: 42704 or 42883, there is none.
    """
    found: Row | None = None
    code = "42704"
    match kind:
        case O.TYPE | O.DOMAIN:
            found = type_named(run, named.names if isinstance(named, TypeName) else name_parts(named))
        case O.FUNCTION | O.PROCEDURE | O.ROUTINE | O.AGGREGATE:
            found = function_named(run, named) if isinstance(named, ObjectWithArgs) else None
            code = "42883"
        case O.STATISTIC_EXT:
            rows = run.world.where(PgStatisticExt, "name", name_parts(named)[-1])
            found = rows[0] if rows else None
        case O.SCHEMA:
            schemas = run.world.where(PgNamespace, "name", name_parts(named)[-1])
            found, code = (schemas[0] if schemas else None), "3F000"
        case O.PUBLICATION:
            publications = run.world.where(PgPublication, "name", name_parts(named)[-1])
            found = publications[0] if publications else None
        case _:
            return None
    if found is None and run.world.knows_all:
        run.refuse(code, f"{'.'.join(name_parts(named))} does not exist")
    return found


def set_owner(run: Run, statement: SetOwner) -> None:
    """Work out ALTER ... OWNER TO, for what is not a relation."""
    row = _named(run, statement.object_type, statement.object)
    owner = role_oid(run, statement.new_owner)
    if row is None:
        return
    if isinstance(row, PgClass | PgProc | PgType | PgNamespace):
        change_owner(run, row, owner)
    else:
        run.change(row, owner=owner)
    if isinstance(row, PgType) and row.relation:
        composite = run.world.one(PgClass, row.relation)
        if composite is not None:
            run.change(composite, owner=owner)


# ---- all that a role owns


def drop_owned(run: Run, statement: DropOwned) -> None:
    """Work out DROP OWNED."""
    targets: list[Obj] = []
    for spec in statement.roles:
        owner = role_oid(run, spec)
        targets += [Obj(Kind.RELATION, row.oid) for row in run.world.where(PgClass, "owner", owner)]
        targets += [Obj(Kind.FUNCTION, row.oid) for row in run.world.where(PgProc, "owner", owner)]
        targets += [Obj(Kind.SCHEMA, row.oid) for row in run.world.where(PgNamespace, "owner", owner)]
        targets += [
            Obj(Kind.TYPE, row.oid)
            for row in run.world.where(PgType, "owner", owner)
            if row.kind != "c" and row.category != "A"
        ]
        _drop_from_policies(run, owner)
        _revoke_all(run, owner)
    if targets:
        drop(run, targets, cascade=statement.cascade)
    if not run.world.is_complete:
        run.describe("every relation that the role owns or has privileges on", AE, Role.CASCADE)


def _drop_from_policies(run: Run, role: int) -> None:
    for policy in [row for row in run.world.store(PgPolicy).all() if role in row.roles and role]:
        table = run.world.relation(policy.relation)
        if table is not None:
            run.lock(table, AE, Role.CASCADE)
        kept = tuple(oid for oid in policy.roles if oid != role)
        if kept:
            run.change(policy, roles=kept)
        else:
            run.world.remove(policy)


def _revoke_all(run: Run, role: int) -> None:
    """Take the role out of every list of privileges (the owner's own rights go with what it owns)."""
    known = run.world.one(PgRole, role)
    if known is None:
        return
    marks = (f"{role_item(known.name)}=",)
    world = run.world
    for row in list(world.store(PgClass).all()):
        if row.owner != role and any(item.startswith(marks) for item in row.acl or ()):
            if run.major >= GRANTS_LOCK_SINCE:
                run.lock(row, AS, _role(row))
            run.change(row, acl=revoked(row.acl or (), marks[0][:-1], _EVERYTHING))
    for rows in (world.store(PgProc), world.store(PgType), world.store(PgNamespace), world.store(PgAttribute)):
        for other in list(rows.all()):
            acl = getattr(other, "acl", None) or ()
            if any(item.startswith(marks) for item in acl):
                run.change(other, acl=revoked(acl, marks[0][:-1], _EVERYTHING))


def reassign_owned(run: Run, statement: ReassignOwned) -> None:
    """Work out REASSIGN OWNED."""
    new = role_oid(run, statement.new_role)
    for spec in statement.roles:
        owner = role_oid(run, spec)
        for row in list(run.world.where(PgClass, "owner", owner)):
            if row.kind == "c" or (row.kind == "S" and sequences.is_owned(run, row.oid)):
                continue
            run.lock(row, AE, _role(row))
            change_owner(run, row, new)
            for index in run.indexes(row.oid):
                run.lock(index, AE, Role.INDEX)
            for column in run.columns(row.oid):
                sequence = sequences.sequence_of(run, column)
                found = run.world.one(PgClass, sequence) if sequence is not None else None
                if found is not None:
                    run.lock(found, AE, Role.SEQUENCE)
                    change_owner(run, found, new)
        others: list[PgProc | PgNamespace | PgType] = [
            *run.world.where(PgProc, "owner", owner),
            *run.world.where(PgNamespace, "owner", owner),
            *run.world.where(PgType, "owner", owner),
        ]
        for other in others:
            change_owner(run, other, new)
    if not run.world.is_complete:
        run.describe("every relation that the role owns", AE, Role.TARGET)


# ---- tablespaces, extensions


def move_all(run: Run, statement: MoveAll) -> None:
    """Work out ALTER TABLE ALL IN TABLESPACE."""
    old, new = tablespace_oid(run, statement.old_tablespace), tablespace_oid(run, statement.new_tablespace)
    kinds = {O.INDEX: "iI", O.MATVIEW: "m"}.get(statement.object_type, "rp")
    owners = {role_oid(run, one) for one in statement.roles}
    why = "its files are copied into another tablespace"
    rows: list[Rel] = [*run.world.store(PgClass).all(), *run.world.store(PgIndex).all()]
    for row in rows:
        owner = row.owner if isinstance(row, PgClass) else None
        if row.kind not in kinds or row.tablespace != old or (owners and owner not in owners):
            continue
        table = row if isinstance(row, PgClass) else run.world.one(PgClass, row.relation)
        if table is None or table.persistence == "t":
            continue
        run.lock(row, AE, _role(row))
        if row.kind in "rm":
            run.rewrite(row, why)
        elif row.kind == "i":
            run.record.build(run.ref(row), why)
        run.change(row, tablespace=new or 0)
    if not run.world.is_complete:
        run.describe(f"every relation in tablespace {statement.old_tablespace}", AE, Role.TARGET, why)


def depends_on_extension(run: Run, statement: DependsOnExtension) -> None:
    """Work out ALTER ... DEPENDS ON EXTENSION."""
    if statement.relation is None:
        return
    relation = run.relation(statement.relation)
    if relation is None:
        return
    if statement.object_type is not O.TRIGGER:
        run.lock(relation, AE, _role(relation))
        return
    run.lock(relation, AS, _role(relation))
    if relation.kind in {"i", "I", "c"} and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} is not a table or view")
    name = name_parts(statement.object)[-1:]
    if all((row.name,) != name for row in run.world.where(PgTrigger, "relation", relation.oid)):
        run.refuse_if_known(relation, "42704", "the trigger does not exist")
