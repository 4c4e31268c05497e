"""Languages, event triggers, casts, base types, aggregates, roles, members of extensions."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import SUE, Run
from migrations_safety.effects.typemaking import new_type, type_name_is_taken
from migrations_safety.effects.types import resolve, type_named
from probes.catalog.rows import (
    ForeignServer,
    PgAuthMembers,
    PgCast,
    PgClass,
    PgDefaultAcl,
    PgDepend,
    PgEventTrigger,
    PgExtension,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRole,
    PgType,
)
from probes.sql.tree.administration import CreateRole, CreateServer, DropRole, ImportForeignSchema
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.objects import (
    AlterEventTrigger,
    AlterExtensionContents,
    CreateCast,
    CreateEventTrigger,
    Define,
)
from probes.sql.tree.parts import TypeName, name_parts, range_of
from probes.sql.tree.tables import Drop

_BY_WRAPPER = Conditional(Reason.FUNCTION_BODY, "the foreign data wrapper decides")
_MEMBERS = frozenset({O.TABLE, O.VIEW, O.MATVIEW, O.SEQUENCE, O.FOREIGN_TABLE})
_SHELL = "p"


# ---- event triggers


def create_event_trigger(run: Run, statement: CreateEventTrigger) -> None:
    """Work out CREATE EVENT TRIGGER."""
    if run.world.where(PgEventTrigger, "name", statement.name):
        run.refuse("42710", f"event trigger {statement.name} exists")
    rows = candidates(run, statement.function, 0)
    if not rows and run.world.knows_all:
        run.refuse("42883", f"function {'.'.join(statement.function)}() does not exist")
    run.world.put(
        PgEventTrigger(
            oid=run.world.fresh_oid(),
            name=statement.name,
            event=statement.event,
            owner=run.world.base.server.role_oid,
            function=rows[0].oid if rows else 0,
            enabled="O",
            tags=(),
        )
    )


def alter_event_trigger(run: Run, statement: AlterEventTrigger) -> None:
    """Work out ALTER EVENT TRIGGER ENABLE and DISABLE."""
    rows = run.world.where(PgEventTrigger, "name", statement.name)
    if rows:
        run.change(rows[0], enabled=statement.enabled)
    elif run.world.is_complete:
        run.refuse("42704", f"event trigger {statement.name} does not exist")


# ---- types, casts, aggregates


def define(run: Run, statement: Define) -> None:
    """Work out CREATE TYPE of base and shell types, and CREATE AGGREGATE; other objects touch no relation."""
    if statement.object_type is O.TYPE:
        _define_type(run, statement)
    elif statement.object_type is O.AGGREGATE:
        _define_aggregate(run, statement)


def _define_type(run: Run, statement: Define) -> None:
    shell = type_named(run, statement.name)
    if shell is not None and shell.kind == _SHELL and statement.options:
        namespace = shell.namespace
        run.world.remove(shell)
        made = msgspec.structs.replace(new_type(run, shell.name, namespace, "b"), oid=shell.oid)
        run.world.put(made)
        return
    namespace = type_name_is_taken(run, statement.name)
    if statement.options:
        run.refuse("42704", f"type {'.'.join(statement.name)} does not exist")
    row = new_type(run, statement.name[-1], namespace, _SHELL)
    run.world.remove(*run.world.where(PgType, "oid", row.array))
    run.change(row, category="P", array=0, length=4, by_value=True, storage="p")


def _define_aggregate(run: Run, statement: Define) -> None:
    """An aggregate over the types it is written with; the type of its state is taken for that of its result."""
    tree = run.tree()
    body = tree.get("DefineStmt", {}) if isinstance(tree, dict) else {}
    parameters = body.get("args", [{}])[0].get("List", {}).get("items", [])
    named = [one["FunctionParameter"]["argType"] for one in parameters if "FunctionParameter" in one]
    types = tuple(resolve(run, msgspec.convert(one, TypeName)).oid for one in named)
    state = next((one.value for one in statement.options if one.name == "stype"), None)
    name = statement.name
    path = [oid for oid in run.search_path() if oid not in run.world.implicit_schemas]
    run.world.put(
        PgProc(
            oid=run.world.fresh_oid(),
            name=name[-1],
            namespace=run.schema(name[-2]) if len(name) > 1 else (path or [0])[0],
            owner=run.world.base.server.role_oid,
            language="internal",
            kind="a",
            security_definer=False,
            leakproof=False,
            strict=False,
            returns_set=False,
            volatility="i",
            parallel="u",
            cost=1.0,
            rows=0.0,
            returns=resolve(run, state).oid if isinstance(state, TypeName) else 0,
            argument_types=types,
            argument_modes=(),
            argument_names=(),
            default_count=0,
            variadic=0,
            config=(),
            source=None,
            has_sql_body=False,
            acl=None,
        )
    )


# ---- foreign servers


def create_server(run: Run, statement: CreateServer) -> None:
    """Work out CREATE SERVER."""
    if run.world.where(ForeignServer, "name", statement.name):
        if statement.if_not_exists:
            return
        run.refuse("42710", f"server {statement.name} exists")
    run.world.put(
        ForeignServer(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            wrapper=statement.wrapper,
            option_names=(),
            mapping_option_names=(),
            acl=None,
        )
    )


def drop_servers(run: Run, statement: Drop) -> None:
    """Work out DROP SERVER and DROP FOREIGN DATA WRAPPER: CASCADE takes foreign tables along.

    Raises:
        Refused: 2BP01, there are foreign tables.
    """
    names = {name_parts(one)[-1] for one in statement.objects}
    by_wrapper = statement.object_type is O.FDW
    known = run.world.store(ForeignServer).all()
    servers = [row for row in known if (row.wrapper if by_wrapper else row.name) in names]
    tables = [table for row in servers for table in run.world.where(PgClass, "foreign_server", row.oid)]
    if (tables or (by_wrapper and servers)) and not statement.cascade:
        run.refuse("2BP01", "other objects depend on it")
    run.world.remove(*servers)
    if tables:
        drop(run, [Obj(Kind.RELATION, table.oid) for table in tables], cascade=True)


def create_cast(run: Run, statement: CreateCast) -> None:
    """Work out CREATE CAST."""
    if statement.from_type is None or statement.to_type is None:
        return
    source, target = resolve(run, statement.from_type).oid, resolve(run, statement.to_type).oid
    if not source or not target or run.world.base.absent(PgCast) is not None:
        return
    if any(row.target == target for row in run.world.where(PgCast, "source", source)):
        run.refuse("42710", "the cast exists")
    method = "i" if statement.inout else ("f" if statement.function else "b")
    run.world.put(PgCast(source=source, target=target, function=0, context="e", method=method))


# ---- extensions and foreign schemas


def alter_extension_contents(run: Run, statement: AlterExtensionContents) -> None:
    """Work out ALTER EXTENSION ADD and DROP."""
    rows = run.world.where(PgExtension, "name", statement.name)
    if not rows and run.world.is_complete:
        run.refuse("42704", f"extension {statement.name} does not exist")
    if statement.object_type not in _MEMBERS:
        return
    parts = name_parts(statement.object)
    relation = run.relation(range_of(parts))
    if relation is None:
        return
    run.lock(relation, SUE, Role.TARGET)
    if rows:
        member = PgDepend(
            catalog="pg_class",
            object=relation.oid,
            sub_object=0,
            referenced_catalog="pg_extension",
            referenced=rows[0].oid,
            referenced_column=0,
            kind="e",
        )
        (run.world.put if statement.action > 0 else run.world.remove)(member)


def import_foreign_schema(run: Run, statement: ImportForeignSchema) -> None:
    """IMPORT FOREIGN SCHEMA makes what the other server has."""
    run.schema(statement.local_schema)
    run.record.opaque = "foreign tables are made as the other server describes them"
    run.record.may_refuse("55000", "the foreign data wrapper may not be able to", _BY_WRAPPER)


# ---- roles


def create_role(run: Run, statement: CreateRole) -> None:
    """Work out CREATE ROLE, USER and GROUP."""
    if run.world.base.absent(PgRole) is not None:
        return
    if run.world.where(PgRole, "name", statement.name):
        run.refuse("42710", f"role {statement.name} exists")
    given = {option.name: option for option in statement.options}

    def is_on(name: str, *, otherwise: bool) -> bool:
        return given[name].is_on if name in given else otherwise

    limit = given["connectionlimit"].value if "connectionlimit" in given else -1
    run.world.put(
        PgRole(
            oid=run.world.fresh_oid(),
            name=statement.name,
            superuser=is_on("superuser", otherwise=False),
            inherit=is_on("inherit", otherwise=True),
            create_role=is_on("createrole", otherwise=False),
            create_database=is_on("createdb", otherwise=False),
            can_login=is_on("canlogin", otherwise=statement.kind.value.endswith("USER")),
            replication=is_on("isreplication", otherwise=False),
            bypass_rls=is_on("bypassrls", otherwise=False),
            connection_limit=limit if isinstance(limit, int) else -1,
            valid_until=None,
            password_kind=None,
            scram_iterations=None,
        )
    )


def drop_role(run: Run, statement: DropRole) -> None:
    """Work out DROP ROLE."""
    for spec in statement.roles:
        rows = run.world.where(PgRole, "name", spec.name)
        if not rows:
            if not statement.missing_ok:
                role_oid(run, spec)
            continue
        role = rows[0]
        if _is_needed(run, role):
            run.refuse("2BP01", f"role {role.name} cannot be dropped because some objects depend on it")
        run.world.remove(role)
        for member in (
            *run.world.where(PgAuthMembers, "member", role.oid),
            *run.world.where(PgAuthMembers, "role", role.oid),
        ):
            run.world.remove(member)


def _is_needed(run: Run, role: PgRole) -> bool:
    """Whether the role owns something, has privileges or stands in a policy."""
    marks = (f"{role.name}=", f'"{role.name}"=')
    for row_type in (PgClass, PgProc, PgNamespace, PgType, PgPublication):
        if run.world.where(row_type, "owner", role.oid):
            return True
    world = run.world
    for rows in (world.store(PgClass), world.store(PgProc), world.store(PgNamespace), world.store(PgType)):
        if any(item.startswith(marks) for row in rows.all() for item in getattr(row, "acl", None) or ()):
            return True
    defaults = (row for row in run.world.store(PgDefaultAcl).all())
    return any(row.role == role.oid for row in defaults) or any(
        role.oid in policy.roles for policy in run.world.store(PgPolicy).all()
    )
