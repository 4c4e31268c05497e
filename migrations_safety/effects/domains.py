"""CREATE DOMAIN and ALTER DOMAIN: constraints are checked in every table that has a column of the domain."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.constraining import constraint_row
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import constraint_name
from migrations_safety.effects.run import ROWS, SHARE, Run
from migrations_safety.effects.typemaking import new_type, type_name_is_taken
from migrations_safety.effects.types import collation_named, resolve, type_named
from migrations_safety.effects.written import written
from probes.catalog.expression import text_of
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgType
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.objects import AlterDomain, CreateDomain
from probes.sql.tree.parts import Constraint


def create_domain(run: Run, statement: CreateDomain) -> None:
    """Work out CREATE DOMAIN."""
    if statement.type is None:
        return
    use = resolve(run, statement.type)
    namespace = type_name_is_taken(run, statement.name)
    base = run.world.one(PgType, use.oid)
    collation = collation_named(run, statement.collation.names) if statement.collation else use.collation
    row = msgspec.structs.replace(
        new_type(run, statement.name[-1], namespace, "d"),
        category=base.category if base else "U",
        base_type=use.oid,
        typmod=use.typmod,
        collation=collation,
        not_null=any(one.kind is ConstraintType.NOTNULL for one in statement.constraints),
        default=_default(statement),
        length=base.length if base else -1,
        by_value=base.by_value if base else False,
        alignment=base.alignment if base else "i",
        storage=base.storage if base else "x",
    )
    run.world.put(row)
    for one in statement.constraints:
        if one.kind is ConstraintType.CHECK:
            _put_check(run, row, one)


def _default(statement: CreateDomain) -> str | None:
    for one in statement.constraints:
        if one.kind is ConstraintType.DEFAULT:
            return text_of(written(one.expression))
    return None


def _put_check(run: Run, domain: PgType, definition: Constraint) -> PgConstraint:
    own = [row.name for row in run.world.where(PgConstraint, "type", domain.oid)]
    name = definition.name or constraint_name(run, domain.name, "", "check", domain.namespace, own)
    if name in own:
        run.refuse("42710", f"constraint {name} for domain {domain.name} exists")
    row = constraint_row(
        run,
        None,
        name,
        "c",
        namespace=domain.namespace,
        domain=domain.oid,
        validated=not definition.skip_validation,
        expression=written(definition.expression),
    )
    run.world.put(row)
    return row


def alter_domain(run: Run, statement: AlterDomain) -> None:
    """Work out ALTER DOMAIN."""
    domain = type_named(run, statement.name)
    if domain is None:
        if run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(statement.name)} does not exist")
        _assumed(run, statement)
        return
    if domain.kind != "d":
        run.refuse("42809", f"{domain.name} is not a domain")
    match statement.action:
        case "T":
            default = written(statement.wire_definition) if statement.wire_definition else None
            run.change(domain, default=text_of(default))
        case "N":
            run.change(domain, not_null=False)
        case "O":
            if not domain.not_null:
                run.change(domain, not_null=True)
                _read_users(run, domain, f"domain {domain.name} gets NOT NULL", "23502")
        case "C":
            _add(run, domain, statement)
        case "X":
            _drop(run, domain, statement)
        case _:
            _validate(run, domain, statement)


def _assumed(run: Run, statement: AlterDomain) -> None:
    definition = statement.definition
    unchecked = isinstance(definition, Constraint) and definition.skip_validation
    if statement.action in {"O", "V"} or (statement.action == "C" and not unchecked):
        name = ".".join(statement.name)
        run.describe(f"every table with a column of {name}", SHARE, Role.DOMAIN_USER, "its rows are checked")


def _add(run: Run, domain: PgType, statement: AlterDomain) -> None:
    definition = statement.definition
    if not isinstance(definition, Constraint):
        return
    if definition.kind is ConstraintType.NOTNULL:
        if not domain.not_null:
            run.change(domain, not_null=True)
            _read_users(run, domain, f"domain {domain.name} gets NOT NULL", "23502")
        return
    row = _put_check(run, domain, definition)
    if row.validated:
        _read_users(run, domain, f"rows are checked for {row.name}", "23514")


def _drop(run: Run, domain: PgType, statement: AlterDomain) -> None:
    for row in run.world.where(PgConstraint, "type", domain.oid):
        if row.name == statement.constraint_name:
            drop(run, [Obj(Kind.CONSTRAINT, row.oid)], cascade=statement.cascade)
            return
    if not statement.missing_ok:
        run.refuse("42704", f"constraint {statement.constraint_name} does not exist")


def _validate(run: Run, domain: PgType, statement: AlterDomain) -> None:
    for row in run.world.where(PgConstraint, "type", domain.oid):
        if row.name == statement.constraint_name:
            run.change(row, validated=True)
            _read_users(run, domain, f"rows are checked for {row.name}", "23514")
            return
    run.refuse("42704", f"constraint {statement.constraint_name} does not exist")


def _read_users(run: Run, domain: PgType, why: str, sqlstate: str) -> None:
    """Lock and read every table with a column of the domain, or of a domain over it (get_rels_with_domain)."""
    for column in run.world.where(PgAttribute, "type", domain.oid):
        table = run.world.one(PgClass, column.relation)
        if table is None or table.kind not in {"r", "m"}:
            continue
        run.lock(table, SHARE, Role.DOMAIN_USER)
        run.scan(table, why)
        run.record.may_refuse(sqlstate, f"column {column.name} of {table.name} has other values", ROWS)
    for derived in run.world.where(PgType, "base_type", domain.oid):
        if derived.kind == "d":
            _read_users(run, derived, why, sqlstate)
