"""Schemas and extensions."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import NO_CATALOG, Run
from probes.catalog.rows import PgExtension, PgNamespace
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.decode import statements_in
from probes.sql.tree.objects import CreateExtension, CreateSchema
from probes.sql.tree.routines import CreateView

_UNDEFINED_FILE_UNTIL = 14


def create_schema(run: Run, statement: CreateSchema) -> None:
    """Work out CREATE SCHEMA and what is written inside it."""
    from migrations_safety.effects.dispatch import handler_of  # noqa: PLC0415 - it imports us

    name = statement.name or (statement.owner.name if statement.owner else None) or ""
    if run.world.schema_oid(name) is not None:
        if statement.if_not_exists:
            return
        run.refuse("42P06", f"schema {name} exists")
    owner = role_oid(run, statement.owner) if statement.owner else run.world.base.server.role_oid
    run.world.put(PgNamespace(oid=run.world.fresh_oid(), name=name, owner=owner, acl=None))
    path = run.world.settings["search_path"]
    run.world.settings["search_path"] = f'"{name}", {path}'
    for written in statements_in(statement.elements):
        inner = _in_schema(written, name)
        handler = handler_of(type(inner).__name__)
        if handler is not None:
            handler(run, inner)
    run.world.settings["search_path"] = path


def _in_schema(statement: StatementNode, name: str) -> StatementNode:
    """What is written inside CREATE SCHEMA is made in that schema."""
    if isinstance(statement, CreateView) and statement.view.schema is None:
        view = msgspec.structs.replace(statement.view, schema=name)
        return msgspec.structs.replace(statement, view=view)
    return statement


def create_extension(run: Run, statement: CreateExtension) -> None:
    """CREATE EXTENSION runs a script that is not looked into."""
    if run.world.where(PgExtension, "name", statement.name):
        if statement.if_not_exists:
            return
        run.refuse("42710", f"extension {statement.name} exists")
    _may_be_missing(run, statement.name)
    run.record.opaque = f"the script of extension {statement.name} is executed"
    schema = next((str(option.value) for option in statement.options if option.name == "schema"), None)
    path = (oid for oid in run.search_path() if oid not in run.world.implicit_schemas)
    run.world.put(
        PgExtension(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            namespace=next(path, 0) if schema is None else run.world.schema_oid(schema) or 0,
            relocatable=True,
            version="",
        )
    )


def _may_be_missing(run: Run, name: str) -> None:
    """Only extensions that are installed are collected: whether the server has the files of another is not known."""
    code = "58P01" if run.major <= _UNDEFINED_FILE_UNTIL else "0A000"
    run.record.may_refuse(code, f"the server may not have extension {name}", NO_CATALOG)


def opaque_extension(run: Run, _statement: object) -> None:
    """ALTER EXTENSION UPDATE runs a script."""
    run.record.opaque = "the script of an extension is executed"
