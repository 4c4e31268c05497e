"""DROP of every kind of object."""

from __future__ import annotations

from collections.abc import Callable

from migrations_safety.effects.alter_table.properties import has_hidden_clone
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role, Wait
from migrations_safety.effects.run import AE, SUE, Rel, Run
from migrations_safety.effects.types import SEQUENCES_WITHOUT_ROW_TYPE_SINCE, row_type_of, type_named
from probes.catalog.locks import LockMode
from probes.catalog.rows import (
    PgEventTrigger,
    PgExtension,
    PgIndex,
    PgPolicy,
    PgPublication,
    PgRewrite,
    PgStatisticExt,
    PgTrigger,
    Row,
)
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import ObjectWithArgs, TypeName, name_parts, range_of
from probes.sql.tree.tables import Drop

_RELATION_KINDS = {O.TABLE: "rp", O.INDEX: "iI", O.VIEW: "v", O.MATVIEW: "m", O.SEQUENCE: "S", O.FOREIGN_TABLE: "f"}
_ON_TABLE: dict[O, tuple[type[Row], Kind]] = {
    O.TRIGGER: (PgTrigger, Kind.TRIGGER),
    O.RULE: (PgRewrite, Kind.RULE),
    O.POLICY: (PgPolicy, Kind.POLICY),
}
_ROLES = {
    O.INDEX: Role.INDEX,
    O.VIEW: Role.VIEW,
    O.MATVIEW: Role.MATERIALIZED_VIEW,
    O.SEQUENCE: Role.SEQUENCE,
}


def drop_statement(run: Run, statement: Drop) -> None:
    """Work out DROP."""
    if statement.concurrent:
        run.require_no_transaction()
        if len(statement.objects) > 1:
            run.refuse("0A000", "DROP INDEX CONCURRENTLY does not support dropping multiple objects")
        if statement.cascade:
            run.refuse("0A000", "DROP INDEX CONCURRENTLY does not support CASCADE")
        run.record.wait(Wait.TABLE_USERS)
    if statement.object_type in (O.FOREIGN_SERVER, O.FDW):
        from migrations_safety.effects.defining import drop_servers  # noqa: PLC0415 - rare, and large

        drop_servers(run, statement)
        return
    targets = [found for one in statement.objects if (found := _target(run, statement, one)) is not None]
    if targets:
        drop(run, targets, cascade=statement.cascade, concurrent=statement.concurrent)


def _target(run: Run, statement: Drop, named: object) -> Obj | None:
    kinds = _RELATION_KINDS.get(statement.object_type)
    if kinds is not None:
        return _relation(run, statement, name_parts(named), kinds)
    if statement.object_type in _ON_TABLE:
        return _on_table(run, statement, name_parts(named))
    find = _OTHERS.get(statement.object_type)
    found = find(run, statement, named) if find is not None else None
    if found is None and find is not None and run.world.knows_all and not statement.missing_ok:
        codes = {O.SCHEMA: "3F000", O.FUNCTION: "42883", O.PROCEDURE: "42883", O.ROUTINE: "42883"}
        run.refuse(codes.get(statement.object_type, "42704"), f"{'.'.join(name_parts(named))} does not exist")
    return found


# ---- relations


def _relation(run: Run, statement: Drop, parts: tuple[str, ...], kinds: str) -> Obj | None:
    named = range_of(parts)
    if (
        statement.object_type is O.INDEX
        and run.world.is_complete
        and run.find(named.schema, named.name) is None
        and not run.world.bringer
    ):
        if statement.missing_ok:
            return None
        run.refuse("42704", f"index {named.name} does not exist")
    found = run.relation(named, missing_ok=statement.missing_ok, kind=kinds[0])
    if found is None:
        return None
    if found.kind not in kinds and not run.is_assumed(found):
        run.refuse("42809", f"{found.name} is not of that kind")
    _lock_target(run, statement, found)
    return Obj(Kind.RELATION, found.oid)


def _lock_target(run: Run, statement: Drop, found: Rel) -> None:
    mode = SUE if statement.concurrent else AE
    if isinstance(found, PgIndex):
        table = run.world.relation(found.relation)
        if table is not None:
            role = Role.MATERIALIZED_VIEW if table.kind == "m" else Role.TARGET
            run.lock(table, mode, role)
        if statement.concurrent and found.kind == "I":
            run.refuse("0A000", "cannot drop partitioned index concurrently")
    run.lock(found, mode, _ROLES.get(statement.object_type, Role.TARGET))
    if run.is_assumed(found):
        _describe_neighbours(run, statement, found, mode)


def _describe_neighbours(run: Run, statement: Drop, found: Rel, mode: LockMode) -> None:
    """Relations that go along, or are locked, if a catalog has them."""
    if statement.object_type is O.INDEX:
        run.describe(f"the table of {found.name}", mode, Role.TARGET)
    elif statement.object_type is O.TABLE:
        run.describe(f"tables that {found.name} references", AE, Role.FOREIGN_KEY_PARTNER)
        run.describe(f"the parent and default partition, if {found.name} is a partition", AE, Role.PARENT)
    if statement.cascade:
        run.describe(f"whatever depends on {found.name}", AE, Role.CASCADE)


# ---- what stands on a table


def _on_table(run: Run, statement: Drop, parts: tuple[str, ...]) -> Obj | None:
    *table_parts, name = parts
    schema = table_parts[-2] if len(table_parts) > 1 else None
    table = run.relation(RangeVar(schema=schema, name=table_parts[-1]), missing_ok=statement.missing_ok)
    if table is None:
        return None
    if table.kind not in {"r", "p", "v", "m", "f", "S"} and not run.is_assumed(table):
        run.refuse("42809", f"{table.name} is not a table or view")
    row_type, kind = _ON_TABLE[statement.object_type]
    row = next((r for r in run.world.where(row_type, "relation", table.oid) if getattr(r, "name", "") == name), None)
    if row is None:
        if run.is_assumed(table):
            run.lock(table, AE, Role.TARGET)
            return None
        if statement.object_type is O.TRIGGER and has_hidden_clone(run, table, name):
            run.refuse("2BP01", f"trigger {name} of the partitioned table requires it")
        if statement.missing_ok:
            return None
        run.refuse("42704", f"{name} for table {table.name} does not exist")
    run.lock(table, AE, Role.TARGET)
    if isinstance(row, PgTrigger) and (row.parent or row.is_internal):
        run.refuse("2BP01", f"trigger {name} belongs to something else")
    return Obj(kind, row.oid)  # type: ignore[attr-defined]


# ---- everything else


def _type(run: Run, _statement: Drop, named: object) -> Obj | None:
    names = named.names if isinstance(named, TypeName) else name_parts(named)
    row = type_named(run, names)
    if (
        row is None
        and (table := row_type_of(run, names)) is not None
        and (table.kind != "S" or run.major < SEQUENCES_WITHOUT_ROW_TYPE_SINCE)
    ):
        run.refuse("2BP01", f"table {table.name} requires it")
    return Obj(Kind.TYPE, row.oid) if row else None


def _function(run: Run, _statement: Drop, named: object) -> Obj | None:
    row = function_named(run, named) if isinstance(named, ObjectWithArgs) else None
    return Obj(Kind.FUNCTION, row.oid) if row else None


def _schema(run: Run, _statement: Drop, named: object) -> Obj | None:
    oid = run.world.schema_oid(name_parts(named)[-1])
    return Obj(Kind.SCHEMA, oid) if oid is not None else None


def _named(row_type: type[Row], kind: Kind) -> Callable[[Run, Drop, object], Obj | None]:
    def find(run: Run, _statement: Drop, named: object) -> Obj | None:
        rows = run.world.where(row_type, "name", name_parts(named)[-1])
        return Obj(kind, rows[0].oid) if rows else None  # type: ignore[attr-defined]

    return find


_OTHERS: dict[O, Callable[[Run, Drop, object], Obj | None]] = {
    O.TYPE: _type,
    O.DOMAIN: _type,
    O.FUNCTION: _function,
    O.PROCEDURE: _function,
    O.ROUTINE: _function,
    O.AGGREGATE: _function,
    O.SCHEMA: _schema,
    O.EXTENSION: _named(PgExtension, Kind.EXTENSION),
    O.STATISTIC_EXT: _named(PgStatisticExt, Kind.STATISTICS),
    O.EVENT_TRIGGER: _named(PgEventTrigger, Kind.EVENT_TRIGGER),
    O.PUBLICATION: _named(PgPublication, Kind.PUBLICATION),
}
