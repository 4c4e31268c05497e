"""A new column is timestamp without time zone.

What: CREATE TABLE, ADD COLUMN or ALTER COLUMN TYPE gives a column the type timestamp (without time zone).

Why it matters: The value is the reading of a clock whose place is written down nowhere. Servers in two zones, or one
server before and after a change of its setting, store different values for the same moment, and in autumn one hour
exists twice. To repair it later the table is rewritten, and somebody has to remember which zone was meant.

When it is harmless: Local time is what is meant: opening hours, or an alarm that rings at seven wherever its owner
is.

What to do: Declare timestamptz. It takes the same eight bytes, stores the moment, and is shown in the zone of whoever
asks.

Known limits: Domains and arrays of timestamp are not looked into. With a database it is silent:
schema/type_timestamp_without_tz says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES

Unsafe (without a catalog)::

    create table visits (id bigint primary key, seen_at timestamp not null);

Unsafe (without a catalog)::

    alter table visits add column left_at timestamp(0);

Safe (without a catalog)::

    create table visits (id bigint primary key, seen_at timestamptz not null, day date);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import chosen, said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.column_types import CHECKS
from probes.finding import Severity

_CHECK = chosen(CHECKS, "schema/type_timestamp_without_tz")


@script_rule(
    "Timestamp without time zone",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.STRICT,
    squawk=("prefer-timestamptz",),
    checks=("schema/type_timestamp_without_tz",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, _CHECK)
