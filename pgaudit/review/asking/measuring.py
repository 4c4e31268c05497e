"""What an index would do to a statement: plans before and after, in a shadow that synthetic rows fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pgaudit.review.asking.candidates import Candidate, unclear_names
from pgaudit.review.shadow.building import build, tear_down
from pgaudit.review.shadow.filling import Filled, fill
from pgaudit.review.shadow.plans import NoPlanError, Plan, apply_settings, explain, planner_settings
from pgaudit.review.shadow.server import ShadowServer
from pgaudit.review.shadow.shapes import UnfillableError, scaled, shape_of
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgNamespace

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

MOST_INDEXES = 2
"""Indexes that are advised for one statement."""
LEAST_GAIN = 0.10
"""Share of the first cost that each index must save to be advised."""
_TRIAL = "shadow_trial"
_TIMEOUTS = ("set statement_timeout = '120s'", "set lock_timeout = '5s'")


class Trial(msgspec.Struct, frozen=True):
    """An index that was built in the shadow, and what the plan then cost."""

    candidate: Candidate
    cost: float
    is_used: bool


class Measured(msgspec.Struct, frozen=True):
    """Plans of a statement before and after; everything in it is of synthetic rows."""

    server_version: str
    """Of the planner."""
    audited_version: str
    filled: tuple[Filled, ...]
    before: Plan
    after: Plan
    """The same plan where no index was worth it."""
    trials: tuple[Trial, ...]
    chosen: tuple[Candidate, ...]
    settings: dict[str, str]
    """Settings of the audited server that were taken over."""
    refused_settings: tuple[str, ...] = ()


class NotMeasured(msgspec.Struct, frozen=True):
    """That nothing was measured, and why."""

    reason: str


def measure(
    server: ShadowServer, catalog: Catalog, sql: str, candidates: Sequence[Candidate]
) -> Measured | NotMeasured:
    """Plans of the statement in a shadow on this server; nothing of the shadow is left there.

    Args:
        server: A server on which databases may be made.
        catalog: The audited database.
        sql: A statement that parses, with `$1` for what is not known.
        candidates: Indexes to try.
    """
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    unclear = unclear_names(catalog, sql)
    if unclear:
        return NotMeasured(f"{unclear[0]} is in several schemas, and the statement does not say in which")
    try:
        built = build(server, catalog)
        try:
            with psycopg.connect(built.conninfo, autocommit=True, prepare_threshold=None) as connection:
                connection.execute("set client_encoding = utf8")  # whatever the database asks for
                return _measured(connection, catalog, sql, candidates)
        finally:
            tear_down(server, built)
    except psycopg.Error as error:
        return NotMeasured(f"the shadow database failed: {error.diag.message_primary or type(error).__name__}")


def _measured(
    connection: Connection, catalog: Catalog, sql: str, candidates: Sequence[Candidate]
) -> Measured | NotMeasured:
    settings = planner_settings(catalog)
    refused = _prepared(connection, catalog, settings)
    try:
        filled = _filled(connection, catalog, explain(connection, sql))
        before = explain(connection, sql)
        trials, chosen, after = _tried(connection, sql, before, candidates)
    except (NoPlanError, UnfillableError) as reason:
        return NotMeasured(str(reason))
    version = connection.execute("show server_version").fetchone()
    return Measured(
        server_version=str(version[0]).split()[0] if version else "",
        audited_version=catalog.server.version,
        filled=filled,
        before=before,
        after=after,
        trials=trials,
        chosen=chosen,
        settings=settings,
        refused_settings=refused,
    )


def _prepared(connection: Connection, catalog: Catalog, settings: dict[str, str]) -> tuple[str, ...]:
    """Set up the session: no triggers, no row security, all schemas in reach, the planner as it is on the server."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    for setting in _TIMEOUTS:
        connection.execute(setting.encode())
    try:
        connection.execute("set session_replication_role = replica")
    except psycopg.errors.InsufficientPrivilege:
        connection.execute("set row_security = on")
    schemas = ["public", *(row.name for row in catalog.rows(PgNamespace) if not row.name.startswith("pg_"))]
    path = ", ".join(quoted(name) for name in dict.fromkeys(schemas))
    connection.execute(f"set search_path = {path}".encode())
    return apply_settings(connection, settings)


def _filled(connection: Connection, catalog: Catalog, empty: Plan) -> tuple[Filled, ...]:
    """Fill what the plan scans, and nothing else."""
    tables: list[Relation] = []
    for schema, name in empty.relations:
        table = catalog.relation_named(schema, name)
        if table is None:
            raise UnfillableError(f"{schema}.{name} is not part of the evidence")
        tables.append(table)
    shapes = scaled(tuple(shape_of(catalog, table) for table in tables))
    return tuple(fill(connection, table, shape) for table, shape in zip(tables, shapes, strict=True))


def _tried(
    connection: Connection, sql: str, before: Plan, candidates: Sequence[Candidate]
) -> tuple[tuple[Trial, ...], tuple[Candidate, ...], Plan]:
    """Try each index, keep the one that saves most, and try the others beside it."""
    trials: list[Trial] = []
    chosen: list[Candidate] = []
    best = before
    left = list(candidates)
    while left and len(chosen) < MOST_INDEXES:
        round_trials = [(_trial(connection, sql, one), one) for one in left]
        if not chosen:
            trials = [Trial(one, plan.cost, _TRIAL in plan.indexes) for plan, one in round_trials]
        used = [(plan, one) for plan, one in round_trials if _TRIAL in plan.indexes]
        plan, winner = min(used, key=lambda pair: (pair[0].cost, len(pair[1].columns)), default=(best, None))
        if winner is None or best.cost - plan.cost < before.cost * LEAST_GAIN:
            break
        connection.execute(f"create index on {winner.definition}".encode())
        chosen.append(winner)
        left.remove(winner)
        best = explain(connection, sql)
    return tuple(trials), tuple(chosen), best


def _trial(connection: Connection, sql: str, candidate: Candidate) -> Plan:
    schema = quoted(candidate.table.schema)
    connection.execute(f"create index {_TRIAL} on {candidate.definition}".encode())
    try:
        return explain(connection, sql)
    finally:
        connection.execute(f"drop index {schema}.{_TRIAL}".encode())
