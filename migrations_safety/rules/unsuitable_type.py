"""A new column has a type that is seldom what was meant.

What: A column is money, time with time zone or oid, or it is a floating point number whose name says that it holds an
amount, or it is of a type that keeps pg_upgrade from running.

Why it matters: money takes its decimals and currency from the session that reads it; timetz keeps an offset without
the date that would give it meaning; an oid that points at a large object leaves the object behind when the row is
deleted; floating point cannot hold most decimal fractions, so sums of amounts do not agree; and reg* types such as
regproc hold numbers of the catalog that another server does not share.

When it is harmless: The values are scores or estimates, or the table belongs to monitoring that refers to the catalog
on purpose.

What to do: numeric for amounts, timestamptz or time for times of day, bytea for documents, text for names of objects.
In a new column the change is free; later it rewrites the table.

Known limits: Amounts are recognised by English names. With a database it is silent: schema/type_money and
schema/type_timetz and schema/type_large_object and schema/money_as_float and schema/type_blocks_pg_upgrade say the
same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/datatype-money.html
https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
https://www.postgresql.org/docs/current/pgupgrade.html

Unsafe (without a catalog)::

    create table invoices (id bigint primary key, total money);

Unsafe (without a catalog)::

    create table invoices (id bigint primary key, price double precision);

Unsafe (without a catalog)::

    alter table invoices add column due timetz;

Safe (without a catalog)::

    create table invoices (id bigint primary key, total numeric(12, 2), score double precision, due time);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import chosen, said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.column_types import CHECKS
from probes.checks.schema.money_as_float import money_as_float
from probes.checks.schema.type_blocks_pg_upgrade import type_blocks_pg_upgrade
from probes.finding import Severity

_IDS = ("schema/type_money", "schema/type_timetz", "schema/type_large_object")
_CHECKS = (*(chosen(CHECKS, one) for one in _IDS), money_as_float, type_blocks_pg_upgrade)


@script_rule(
    "Type that is seldom what was meant",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.STRICT,
    checks=(*_IDS, "schema/money_as_float", "schema/type_blocks_pg_upgrade"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, *_CHECKS)
