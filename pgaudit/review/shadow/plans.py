"""Plans of a statement whose parameters are not known, in a filled shadow: what the planner would do, and its cost."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import PgSetting
from probes.sql.parse import Parsed, parse_statement

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_GENERIC_PLAN_SINCE = 160_000
_MASKED_POSITION = "position 0 is not in select list"
_PREPARED = "shadow_statement"
_PLANNABLE = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_TYPED = re.compile(
    r"\b(?P<type>interval|date|time(?:stamp)?(?:tz)?|time(?:stamp)?\s+with(?:out)?\s+time\s+zone)\s+(?P<number>\$\d+)",
    re.IGNORECASE,
)
"""`interval '5 days'` is kept by pg_stat_statements as `interval $1`, which is no SQL."""
PLANNER_SETTINGS = (
    "constraint_exclusion", "cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost", "cursor_tuple_fraction",
    "default_statistics_target", "effective_cache_size", "enable_async_append", "enable_bitmapscan",
    "enable_gathermerge", "enable_hashagg", "enable_hashjoin", "enable_incremental_sort", "enable_indexonlyscan",
    "enable_indexscan", "enable_material", "enable_memoize", "enable_mergejoin", "enable_nestloop",
    "enable_parallel_append", "enable_parallel_hash", "enable_partition_pruning", "enable_partitionwise_aggregate",
    "enable_partitionwise_join", "enable_presorted_aggregate", "enable_seqscan", "enable_sort", "enable_tidscan",
    "from_collapse_limit", "geqo", "geqo_threshold", "hash_mem_multiplier", "jit", "jit_above_cost",
    "join_collapse_limit", "max_parallel_workers_per_gather", "min_parallel_index_scan_size",
    "min_parallel_table_scan_size", "parallel_setup_cost", "parallel_tuple_cost", "random_page_cost", "seq_page_cost",
    "work_mem",
)  # fmt: skip


class Plan(msgspec.Struct, frozen=True):
    """What the planner would do."""

    cost: float
    """Of the whole, in the planner's units."""
    lines: tuple[str, ...]
    """As EXPLAIN prints it."""
    relations: tuple[tuple[str, str], ...]
    """Schema and name of each relation that is scanned, once, in the plan's order."""
    indexes: tuple[str, ...]
    """Names of the indexes that it uses."""


class NoPlanError(Exception):
    """A statement that cannot be planned, and why."""


def plannable(text: str) -> str:
    """The statement as it can be planned. Raises NoPlanError."""
    sql = _TYPED.sub(lambda found: f"({found['number']})::{found['type']}", text)
    parsed = parse_statement(sql)
    if not isinstance(parsed, Parsed):
        raise NoPlanError(f"its recorded text is no SQL that PostgreSQL can parse ({parsed.message})")
    if parsed.kind not in _PLANNABLE:
        raise NoPlanError(f"{parsed.kind} has no plan")
    return sql


def explain(connection: Connection, sql: str) -> Plan:
    """The generic plan, for whatever the parameters will be. Raises NoPlanError with the server's words."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    try:
        with _explained(connection, sql) as command:
            told = connection.execute(command("verbose, format json").encode()).fetchone()
            lines = connection.execute(command("costs on").encode()).fetchall()
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        if _MASKED_POSITION in said:
            said = "numbers are not kept of recorded texts, and its GROUP BY or ORDER BY names a column by position"
        raise NoPlanError(f"the planner refused it: {said}") from error
    root = told[0][0]["Plan"] if told else {}
    nodes = list(_nodes(root))
    scanned = ((str(one.get("Schema", "")), str(one["Relation Name"])) for one in nodes if "Relation Name" in one)
    return Plan(
        cost=float(root.get("Total Cost", 0.0)),
        lines=tuple(str(line) for (line,) in lines),
        relations=tuple(dict.fromkeys(scanned)),
        indexes=tuple(dict.fromkeys(str(one["Index Name"]) for one in nodes if "Index Name" in one)),
    )


@contextlib.contextmanager
def _explained(connection: Connection, sql: str) -> Generator[Callable[[str], str]]:
    """EXPLAIN of the statement, by its options."""
    body = sql.rstrip().rstrip(";")
    if connection.info.server_version >= _GENERIC_PLAN_SINCE:
        yield lambda options: f"explain (generic_plan, {options}) {body}"
        return
    connection.execute(f"prepare {_PREPARED} as {body}".encode())
    try:
        found = connection.execute(
            "select pg_catalog.cardinality(p.parameter_types) from pg_catalog.pg_prepared_statements as p "
            "where p.name = %(name)s",
            {"name": _PREPARED},
        ).fetchone()
        nulls = ", ".join(["null"] * int(found[0] if found else 0))
        arguments = f" ({nulls})" if nulls else ""
        connection.execute(b"set plan_cache_mode = force_generic_plan")
        yield lambda options: f"explain ({options}) execute {_PREPARED}{arguments}"
    finally:
        connection.execute(f"deallocate {_PREPARED}".encode())


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def planner_settings(catalog: Catalog) -> dict[str, str]:
    """The audited server's settings that plans depend on, where they are not the default.

    The values of new sessions: our own session sets some of them for itself.
    """
    if catalog.absent(PgSetting) is not None:
        return {}
    wanted = frozenset(PLANNER_SETTINGS)
    return {
        row.name: row.reset_value
        for row in catalog.rows(PgSetting)
        if row.name in wanted and row.reset_value is not None and row.reset_value != row.boot_value
    }


def apply_settings(connection: Connection, settings: dict[str, str]) -> tuple[str, ...]:
    """Set them for the session; the names of those that the shadow's server does not know."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    refused: list[str] = []
    for name, value in settings.items():
        try:
            connection.execute(f"set {name} = {literal(value)}".encode())
        except psycopg.Error:
            refused.append(name)
    return tuple(refused)
