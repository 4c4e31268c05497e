"""The floor: the collector's own queries through COPY, thrown away. No program that reads as much can be faster."""

from __future__ import annotations

import time

import psycopg

from probes.catalog.rows import ROW_TYPES, Group, Row, SequenceUse, Statement, StatementsInfo
from probes.collect.queries import NoVariantError, query
from tests.bench.measure import cpu_seconds_of

_NEEDS_AN_EXTENSION: set[type[Row]] = {Statement, StatementsInfo}


def floor_queries(major: int) -> list[str]:
    """The text of every structure and state query of a scan by a superuser."""
    found: list[str] = []
    for row_type in ROW_TYPES:
        if row_type.group is Group.DICTIONARY or row_type in _NEEDS_AN_EXTENSION:
            continue
        try:
            text = query(row_type.area, major)
        except NoVariantError:
            continue
        if row_type is SequenceUse:
            text = text.replace("%(oids)s", "array(select seqrelid from pg_catalog.pg_sequence)")
        found.append(text)
    return found


def copy_everything(conninfo: str) -> tuple[float, float]:
    """Wall clock and server CPU seconds of copying the rows of all queries to nowhere."""
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        connection.execute("set local max_parallel_workers_per_gather = 0")
        began = time.perf_counter()
        for text in floor_queries(connection.info.server_version // 10000):
            with cursor.copy(f"copy ({text}) to stdout".encode()) as rows:
                for _ in rows:
                    pass
        took = time.perf_counter() - began
        cpu = cpu_seconds_of(connection.info.backend_pid)
        connection.rollback()
    return took, cpu
