"""GRANT and REVOKE: from 18 on the relations they name are opened. Default privileges, and what new objects get."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects import acl as lists
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role
from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import AS, Rel, Run
from migrations_safety.effects.types import type_named
from probes.catalog.rows import PgAttribute, PgClass, PgDefaultAcl, PgNamespace, PgProc, PgRole, PgType
from probes.sql.tree.administration import AlterDefaultPrivileges, Grant
from probes.sql.tree.atoms import RangeVar, RoleSpec
from probes.sql.tree.enums import GrantTarget, RoleKind
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import DefElem, ObjectWithArgs, TypeName, name_parts

GRANTS_LOCK_SINCE = 18
"""The major whose GRANT opens the relations it names."""
_ROLES = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE}
_FUNCTIONS = frozenset({O.FUNCTION, O.PROCEDURE, O.ROUTINE})
_DEFAULT_KINDS = {O.TABLE: "r", O.SEQUENCE: "S", O.TYPE: "T", O.SCHEMA: "n"} | dict.fromkeys(_FUNCTIONS, "f")

Owned = PgClass | PgProc | PgType | PgNamespace
"""What has an owner and a list of privileges."""


def grant(run: Run, statement: Grant) -> None:
    """Work out GRANT and REVOKE."""
    for spec in statement.grantees:
        role_oid(run, spec)
    for row in _objects(run, statement):
        _change(run, row, statement)


def _objects(run: Run, statement: Grant) -> Iterator[Owned]:
    if statement.target is GrantTarget.ALL_IN_SCHEMA:
        for named in statement.objects:
            yield from _all_in_schema(run, run.schema(name_parts(named)[-1]), statement.object_type)
        return
    for named in statement.objects:
        row = _object(run, named, statement)
        if row is not None:
            yield row


def _object(run: Run, named: object, statement: Grant) -> Owned | None:
    kind = statement.object_type
    if isinstance(named, RangeVar):
        relation = run.relation(named)
        if relation is not None:
            _open(run, relation, statement)
        return relation if isinstance(relation, PgClass) and not run.is_assumed(relation) else None
    if kind is O.SCHEMA:
        return run.world.one(PgNamespace, run.schema(name_parts(named)[-1]))
    if kind in _FUNCTIONS and isinstance(named, ObjectWithArgs):
        found = function_named(run, named)
        if found is None and run.world.knows_all:
            run.refuse("42883", f"function {'.'.join(named.name)} does not exist")
        return found
    if kind in (O.TYPE, O.DOMAIN):
        return type_named(run, named.names if isinstance(named, TypeName) else name_parts(named))
    return None


def _all_in_schema(run: Run, namespace: int, kind: O) -> Iterator[Owned]:
    if kind in _FUNCTIONS:
        yield from list(run.world.where(PgProc, "namespace", namespace))
        return
    kinds = "S" if kind is O.SEQUENCE else "rpvmf"
    yield from [row for row in run.world.where(PgClass, "namespace", namespace) if row.kind in kinds]


def _open(run: Run, relation: Rel, statement: Grant) -> None:
    if not run.is_assumed(relation):
        if relation.kind in {"i", "I", "c"}:
            run.refuse("42809", f"{relation.name} is an index or a type")
        if statement.object_type is O.SEQUENCE and relation.kind != "S":
            run.refuse("42809", f"{relation.name} is not a sequence")
        for name in (name for privilege in statement.privileges for name in privilege.columns):
            if run.column(relation.oid, name) is None:
                run.refuse("42703", f"column {name} does not exist")
    if run.major >= GRANTS_LOCK_SINCE:
        run.lock(relation, AS, _ROLES.get(relation.kind, Role.TARGET))


# ---- lists


def kind_of(row: Owned) -> str:
    """The kind of object as pg_default_acl names it."""
    match row:
        case PgClass():
            return "S" if row.kind == "S" else "r"
        case PgProc():
            return "f"
        case PgType():
            return "T"
        case PgNamespace():
            return "n"


def role_name(run: Run, oid: int) -> str:
    """The name of a role as lists write it."""
    found = run.world.one(PgRole, oid)
    return found.name if found else run.world.base.server.role


def _change(run: Run, row: Owned, statement: Grant) -> None:
    kind, owner = kind_of(row), role_name(run, row.owner)
    before = row.acl if row.acl is not None else lists.default_acl(kind, owner, run.major)
    every = lists.all_letters(kind, run.major)
    whole = [one for one in statement.privileges if not one.columns]
    if whole or not statement.privileges:
        letters = every if not statement.privileges else "".join(_letter(one.name, every) for one in whole)
        run.world.put(msgspec.structs.replace(row, acl=_changed(run, before, statement, letters, owner)))
        if not statement.is_grant and isinstance(row, PgClass):
            for column in run.columns(row.oid):
                _change_column(run, column, statement, letters, owner)
    for privilege in statement.privileges:
        for name in privilege.columns:
            found = run.column(row.oid, name)
            if found is not None:
                _change_column(run, found, statement, _letter(privilege.name, lists.COLUMN), owner)


def _letter(name: str | None, every: str) -> str:
    return every if name is None else lists.LETTERS.get(name.lower(), "")


def _change_column(run: Run, column: PgAttribute, statement: Grant, letters: str, owner: str) -> None:
    if column.acl is None and not statement.is_grant:
        return
    made = _changed(run, column.acl or (), statement, letters, owner)
    run.change(column, acl=made or None)


def _changed(run: Run, before: lists.Acl, statement: Grant, letters: str, owner: str) -> lists.Acl:
    found = before
    for spec in statement.grantees:
        grantee = lists.role_item(_grantee(run, spec))
        if statement.is_grant:
            grantor = lists.role_item(owner)
            found = lists.granted(found, grantee, letters, grantor, option=statement.grant_option)
        else:
            found = lists.revoked(found, grantee, letters, option_only=statement.grant_option)
    return found


def _grantee(run: Run, spec: RoleSpec) -> str:
    if spec.kind is RoleKind.PUBLIC:
        return ""
    return spec.name or run.world.base.server.role


def change_owner(run: Run, row: Owned, owner: int) -> None:
    """Give an object another owner, who takes the old one's place in its list."""
    acl = row.acl
    if acl is not None and owner != row.owner:
        acl = lists.with_new_owner(acl, role_name(run, row.owner), role_name(run, owner))
    run.world.put(msgspec.structs.replace(row, owner=owner, acl=acl))
    for column in run.columns(row.oid) if isinstance(row, PgClass) and owner != row.owner else ():
        if column.acl is not None:
            run.change(column, acl=lists.with_new_owner(column.acl, role_name(run, row.owner), role_name(run, owner)))


# ---- default privileges


def alter_default_privileges(run: Run, statement: AlterDefaultPrivileges) -> None:
    """Work out ALTER DEFAULT PRIVILEGES."""
    action = statement.action
    kind = _DEFAULT_KINDS.get(action.object_type) if action else None
    if action is None or kind is None:
        return
    roles = [role_oid(run, spec) for spec in _role_specs(statement.options)] or [run.world.base.server.role_oid]
    schemas = [run.schema(name) for name in _names(statement.options)] or [0]
    for role in roles:
        for schema in schemas:
            _change_default(run, action, kind, role, schema)


def _role_specs(options: tuple[DefElem, ...]) -> list[RoleSpec]:
    values = [one.value for one in options if one.name == "roles"]
    return [spec for value in values if isinstance(value, tuple) for spec in value if isinstance(spec, RoleSpec)]


def _names(options: tuple[DefElem, ...]) -> list[str]:
    values = [one.value for one in options if one.name == "schemas"]
    return [str(name) for value in values for name in (value if isinstance(value, tuple) else (value,))]


def _change_default(run: Run, action: Grant, kind: str, role: int, schema: int) -> None:
    owner = role_name(run, role)
    rows = [
        row for row in run.world.where(PgDefaultAcl, "role", role) if (row.namespace, row.object_kind) == (schema, kind)
    ]
    usual = () if schema else lists.default_acl(kind, owner, run.major)
    every = lists.all_letters(kind, run.major)
    letters = "".join(_letter(one.name, every) for one in action.privileges) or every
    made = _changed(run, rows[0].acl if rows else usual, action, letters, owner)
    if lists.same(made, usual):
        run.world.remove(*rows)
        return
    oid = rows[0].oid if rows else run.world.fresh_oid()
    run.world.put(PgDefaultAcl(oid=oid, role=role, namespace=schema, object_kind=kind, acl=made))


def give_defaults(run: Run) -> None:
    """Give the objects that a statement made what default privileges say."""
    world = run.world
    rows: list[Owned] = [
        *world.store(PgClass).changed(),
        *world.store(PgProc).changed(),
        *world.store(PgType).changed(),
        *world.store(PgNamespace).changed(),
    ]
    for row in rows:
        if row.acl is None and run.is_made_now(row.oid) and not (isinstance(row, PgClass) and row.kind == "c"):
            made = _default_list(run, row)
            if made is not None:
                world.put(msgspec.structs.replace(row, acl=made))


def _default_list(run: Run, row: Owned) -> lists.Acl | None:
    kind, owner = kind_of(row), role_name(run, row.owner)
    rows = [one for one in run.world.where(PgDefaultAcl, "role", row.owner) if one.object_kind == kind]
    schema = 0 if isinstance(row, PgNamespace) else row.namespace
    general = next((one.acl for one in rows if not one.namespace), None)
    special = next((one.acl for one in rows if one.namespace == schema and schema), ())
    usual = lists.default_acl(kind, owner, run.major)
    found = lists.merged(general if general is not None else usual, special)
    return None if lists.same(found, usual) else found
