"""How a session writes dates, floats, bytes and messages changes nothing of what is read in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import msgspec
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.server.connect import connect
from pgaudit.server.facts import read_facts
from pgaudit.server.url import parse_target
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import PgSetting, Row
from tests.probes.collect.conftest import Rich, picture_of
from tests.servers import Database

ODD = {
    "DateStyle": "'SQL, DMY'",
    "IntervalStyle": "sql_standard",
    "TimeZone": "'Asia/Kathmandu'",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "lc_messages": "'C'",
    "lc_numeric": "'C'",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "xmlbinary": "hex",
}


@contextmanager
def logged_in(database: Database, settings: dict[str, str]) -> Generator[str]:
    """The DSN of a role with these settings, which is gone afterwards."""
    name = f"formats_{len(settings)}"
    lines = [f"alter role {name} set {setting} = {value}" for setting, value in settings.items()]
    database.execute("; ".join([f"create role {name} login superuser", *lines]))
    try:
        yield make_conninfo(database.dsn, user=name)
    finally:
        database.execute(f"drop role {name}")


def rows_of(catalog: Catalog, area: type[Row]) -> tuple[Row, ...]:
    """Its rows, without the settings that the role changes."""
    odd = {name.lower() for name in ODD}
    return tuple(row for row in catalog.rows(area) if not (isinstance(row, PgSetting) and row.name.lower() in odd))


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
def test_what_is_read_does_not_depend_on_how_the_session_writes_values(rich: Rich) -> None:
    with logged_in(rich.database, {}) as ordinary, logged_in(rich.database, ODD) as odd:
        before, found, after = (picture_of(dsn).catalog for dsn in (ordinary, odd, ordinary))
    still = [area for area, rows in before.areas() if not isinstance(rows, Absent)]
    still = [area for area in still if rows_of(before, area) == rows_of(after, area)]
    assert len(still) > 40
    for area in still:
        assert rows_of(found, area) == rows_of(before, area), area.area
    own = {"role": "", "role_oid": 0, "collected_at": 0.0, "timezone": ""}  # whose session it was
    assert msgspec.structs.replace(found.server, **own) == msgspec.structs.replace(before.server, **own)


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
def test_the_age_of_counters_does_not_depend_on_how_the_session_writes_values(rich: Rich) -> None:
    with logged_in(rich.database, ODD) as odd, psycopg.connect(rich.database.dsn) as direct:
        target = parse_target(odd)
        with connect(target) as connection:
            facts = read_facts(connection, target)
        row = direct.execute(
            "select pg_postmaster_start_time(), (select stats_reset from pg_stat_database where datname = %s)",
            [rich.database.name],
        ).fetchone()
    assert row == (facts.started_at, facts.stats_reset_at)
