"""Checks of versions at chosen dates: a server cannot be told what day it is, its picture can."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from probes.catalog.catalog import Catalog
from probes.finding import Finding, Severity
from tests.probes.checks.states import findings_of, look
from tests.servers import Server

END_OF_LIFE = {  # https://www.postgresql.org/support/versioning/
    13: dt.date(2025, 11, 13),
    14: dt.date(2026, 11, 12),
    15: dt.date(2027, 11, 11),
    16: dt.date(2028, 11, 9),
    17: dt.date(2029, 11, 8),
    18: dt.date(2030, 11, 14),
}


def on(catalog: Catalog, day: dt.date, **changes: object) -> Catalog:
    """The picture as if it had been taken on that day, at noon UTC."""
    moment = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC).timestamp()
    return Catalog(msgspec.structs.replace(catalog.server, collected_at=moment, **changes), dict(catalog.areas()))


def told(catalog: Catalog, day: dt.date) -> tuple[Finding, ...]:
    return findings_of("versions/major_eol", on(catalog, day))


@pytest.mark.pg
def test_end_of_support_is_told_a_year_ahead_and_grave_when_it_is_past(server: Server) -> None:
    catalog = look(server.dsn)
    end = END_OF_LIFE[server.major]
    assert told(catalog, end - dt.timedelta(days=366)) == ()
    (soon,) = told(catalog, end - dt.timedelta(days=365))
    assert (soon.severity, soon.evidence["days_left"]) == (Severity.MEDIUM, 365)
    (last_day,) = told(catalog, end)
    assert last_day.severity is Severity.MEDIUM
    (past,) = told(catalog, end + dt.timedelta(days=1))
    assert past.severity is Severity.HIGH
    assert past.id == soon.id


@pytest.mark.pg(">= 18")
def test_a_major_version_newer_than_the_table_is_not_judged(server: Server) -> None:
    newer = on(look(server.dsn), dt.date(2040, 1, 1), version_num=190001)
    assert findings_of("versions/major_eol", newer) == ()
