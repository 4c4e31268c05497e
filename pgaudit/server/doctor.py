"""What our role may see of a database, and the exact statement for each thing that it may not."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

from pgaudit.server.concerns import Concern, concerns
from pgaudit.server.connect import connection_lost
from pgaudit.server.database_target import Target
from pgaudit.server.facts import ServerFacts, read_facts
from pgaudit.server.privileges import Privileges, read_privileges
from probes.catalog.provider import Provider

_SCHEMAS_SPELLED_OUT = 20


class Status(StrEnum):
    """Whether our role has something."""

    PRESENT = "present"
    MISSING = "missing"
    UNAVAILABLE = "unavailable"
    """Nobody can give it here: the managed service keeps it, or the server's binaries do not have it."""


class Level(StrEnum):
    """How much of an audit a capability is for."""

    MINIMUM = "minimum"
    """Structure: tables, keys, indexes, policies."""
    STANDARD = "standard"
    """Usage: sessions, statements, settings."""
    FULL = "full"
    """The rest: migration state, column statistics, sequence values, configuration files."""


@dataclass(frozen=True, slots=True)
class Capability:
    """Something our role has or lacks.

    Attributes:
        id: stable, for machines.
        title: for people.
        status: whether it is there.
        level: what kind of audit needs it.
        unlocks: what can be checked with it.
        remedy: SQL statements that give it; empty if it is there or no SQL can.
        run_as: the role to run them as.
        note: what else to know, such as what a managed service wants instead.
    """

    id: str
    title: str
    status: Status
    level: Level
    unlocks: str
    remedy: tuple[str, ...] = ()
    run_as: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `doctor` has to say about one connection."""

    facts: ServerFacts
    capabilities: tuple[Capability, ...]
    concerns: tuple[Concern, ...]

    @property
    def missing(self) -> tuple[Capability, ...]:
        """What could be had and is not."""
        return tuple(capability for capability in self.capabilities if capability.status is Status.MISSING)


def diagnose(connection: psycopg.Connection[Any], target: Target) -> Diagnosis:
    """Gives what our role may see through this connection, and what would give it the rest.

    Raises:
        ConnectionLost: the session ended meanwhile.
    """
    facts = read_facts(connection, target)
    try:
        privileges = read_privileges(connection)
    except psycopg.Error as error:
        if (lost := connection_lost(connection, error, target, during="the look at privileges")) is not None:
            raise lost from None
        raise
    return Diagnosis(facts, capabilities(facts, privileges), concerns(facts, privileges.role))


def capabilities(facts: ServerFacts, privileges: Privileges) -> tuple[Capability, ...]:
    """Gives every capability, present or not, from the most to the least useful."""
    return (
        _structure(),
        _statistics(facts, privileges),
        _settings(facts, privileges),
        _statement_counters(facts, privileges),
        *_migration_state(facts, privileges),
        _sequence_values(facts, privileges),
        _column_statistics(facts, privileges),
        _file(facts, privileges, "pg_hba_file_rules", "pg_hba_file_rules()", readable=privileges.hba_readable),
        _file(
            facts,
            privileges,
            "pg_file_settings",
            "pg_show_all_file_settings()",
            readable=privileges.file_settings_readable,
        ),
    )


def _structure() -> Capability:
    return Capability(
        id="connect",
        title="CONNECT on the database",
        status=Status.PRESENT,
        level=Level.MINIMUM,
        unlocks="structure: tables, keys, indexes, policies, functions, sizes, table and index counters",
    )


def _statistics(facts: ServerFacts, privileges: Privileges) -> Capability:
    return _granted_role(
        facts,
        privileges,
        "pg_read_all_stats",
        "what other sessions do, texts of their statements, sizes of other databases, replication",
    )


def _settings(facts: ServerFacts, privileges: Privileges) -> Capability:
    return _granted_role(
        facts, privileges, "pg_read_all_settings", "settings that only superusers see, such as preloaded libraries"
    )


def _granted_role(facts: ServerFacts, privileges: Privileges, role: str, unlocks: str) -> Capability:
    """pg_monitor holds both of these, and is what every managed service lets its customers grant."""
    present = facts.role.has(role)
    return Capability(
        id=role,
        title=f"{role}, part of pg_monitor",
        status=Status.PRESENT if present else Status.MISSING,
        level=Level.STANDARD,
        unlocks=unlocks,
        remedy=() if present else (f"grant pg_monitor to {privileges.role};",),
        run_as="" if present else facts.provider.administrator,
        note="" if present else f"narrower: grant {role} to {privileges.role};",
    )


def _statement_counters(facts: ServerFacts, privileges: Privileges) -> Capability:
    remedy: list[str] = []
    note = ""
    status = Status.MISSING
    if not privileges.statements_available and privileges.statements_schema is None:
        status = Status.UNAVAILABLE
        note = "the server has no files of this extension: install its contrib package"
    else:
        if not privileges.statements_loaded:
            note = _preload(facts.provider, privileges.preloaded_libraries)
        if privileges.statements_schema is None:
            remedy.append("create extension pg_stat_statements;")
        elif not privileges.statements_schema_usable:
            remedy.append(f"grant usage on schema {privileges.statements_schema} to {privileges.role};")
        if privileges.statements_selectable is False:
            remedy.append(f"grant select on {privileges.statements_schema}.pg_stat_statements to {privileges.role};")
        if not remedy and not note:
            status = Status.PRESENT
    return Capability(
        id="pg_stat_statements",
        title="pg_stat_statements, loaded and readable",
        status=status,
        level=Level.STANDARD,
        unlocks="slow and frequent statements",
        remedy=tuple(remedy),
        run_as=facts.provider.administrator if remedy else "",
        note=note,
    )


def _preload(provider: Provider, preloaded: str | None) -> str:
    """How to have the library loaded: a restart follows in every case."""
    match provider:
        case Provider.RDS | Provider.AURORA:
            where = "in the parameter group"
        case Provider.CLOUD_SQL | Provider.ALLOYDB:
            where = "in the instance's database flags"
        case Provider.AZURE:
            where = "in the server parameters (allow it in azure.extensions too)"
        case _ if provider.is_managed:
            where = "in the service's configuration"
        case _:
            where = "in postgresql.conf"
    libraries = ", ".join(part for part in (preloaded, "pg_stat_statements") if part)
    wanted = f"shared_preload_libraries = '{libraries}'" if preloaded is not None else "pg_stat_statements to the list"
    verb = "set" if preloaded is not None else "add"
    return f"{verb} {wanted} {where}, then restart the server"


def _migration_state(facts: ServerFacts, privileges: Privileges) -> Iterable[Capability]:
    if not privileges.migration_tables:
        return
    remedy: list[str] = []
    for table in privileges.migration_tables:
        if not table.schema_usable:
            remedy.append(f"grant usage on schema {table.schema} to {privileges.role};")
        if not table.selectable:
            remedy.append(f"grant select on {table.schema}.{table.table} to {privileges.role};")
    yield _by_remedy(
        facts,
        id="migration_state",
        title="SELECT on the migration tool's state table",
        unlocks="which migrations are pending",
        remedy=_shortened(list(dict.fromkeys(remedy))),
        note="",
    )


def _sequence_values(facts: ServerFacts, privileges: Privileges) -> Capability:
    schemas = [entry.schema for entry in privileges.unreadable if entry.sequences]
    return _by_remedy(
        facts,
        id="sequence_values",
        title="SELECT on sequences",
        unlocks="how much of a sequence is used up",
        remedy=_shortened([f"grant select on all sequences in schema {s} to {privileges.role};" for s in schemas]),
        note="",
    )


def _column_statistics(facts: ServerFacts, privileges: Privileges) -> Capability:
    schemas = [entry.schema for entry in privileges.unreadable if entry.tables]
    return _by_remedy(
        facts,
        id="column_statistics",
        title="SELECT on tables",
        unlocks="column statistics (pg_stats shows nothing of a table whose rows the role may not read)",
        remedy=_shortened([f"grant select on all tables in schema {s} to {privileges.role};" for s in schemas]),
        note="this lets the role read the rows as well; leave it out if that is not wanted" if schemas else "",
    )


def _file(facts: ServerFacts, privileges: Privileges, view: str, function: str, *, readable: bool) -> Capability:
    managed = facts.provider.is_managed
    status = Status.PRESENT if readable else Status.UNAVAILABLE if managed else Status.MISSING
    remedy = (
        f"grant select on pg_catalog.{view} to {privileges.role};",
        f"grant execute on function pg_catalog.{function} to {privileges.role};",
    )
    return Capability(
        id=view,
        title=f"{view} readable",
        status=status,
        level=Level.FULL,
        unlocks="rules of client authentication" if view == "pg_hba_file_rules" else "errors in configuration files",
        remedy=remedy if status is Status.MISSING else (),
        run_as="a superuser" if status is Status.MISSING else "",
        note="the managed service keeps it to itself" if status is Status.UNAVAILABLE else "",
    )


def _by_remedy(
    facts: ServerFacts,
    *,
    id: str,  # noqa: A002 -- the field's name
    title: str,
    unlocks: str,
    remedy: tuple[str, ...],
    note: str,
) -> Capability:
    return Capability(
        id=id,
        title=title,
        status=Status.MISSING if remedy else Status.PRESENT,
        level=Level.FULL,
        unlocks=unlocks,
        remedy=remedy,
        run_as=f"the owner, or {facts.provider.administrator}" if remedy else "",
        note=note,
    )


def _shortened(statements: list[str]) -> tuple[str, ...]:
    """Of a schema per tenant the first few, and how many more there are as a comment."""
    rest = len(statements) - _SCHEMAS_SPELLED_OUT
    return (*statements[:_SCHEMAS_SPELLED_OUT], *([f"-- and {rest} more of the same kind"] if rest > 0 else []))
