"""A SECURITY DEFINER function looks names up where its caller says.

What: A function that runs with its owner's rights has no search_path of its own, or one in which others may create
objects, or one that does not put pg_temp last.

Why it matters: The caller makes a table, function or operator of the name that the body uses, in a schema that is
searched first, and the function takes it, with its owner's rights. Temporary objects come first unless pg_temp is
named. It is the classic way from any login to the owner of the schema.

When it is harmless: The body is BEGIN ATOMIC, whose names are bound when it is made, or names everything, operators
included, with its schema.

What to do: SET search_path = app, pg_temp (or pg_catalog, pg_temp) in the function's definition; and revoke EXECUTE
from PUBLIC.

Known limits: The body is not read. Without a database nobody but the owner is taken to create in a schema that the
script does not open. With a database it is silent: security/function_search_path_mutable and
security/definer_path_unsafe say the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY

Unsafe (without a catalog)::

    create function pay(bigint) returns void language sql security definer as 'select';

Unsafe (without a catalog)::

    create function pay() returns void language sql security definer set search_path = pg_temp, public as 'select';

Safe (without a catalog)::

    create function pay() returns void language sql security definer set search_path = pg_catalog, pg_temp as 'select';

Safe (without a catalog)::

    create function pay(bigint) returns void language sql security definer as 'select';
    alter function pay(bigint) set search_path = pg_catalog, pg_temp;

Safe (without a catalog)::

    create function pay(bigint) returns void language sql as 'select';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.security.definer_path_unsafe import definer_path_unsafe
from probes.checks.security.function_search_path_mutable import function_search_path_mutable
from probes.finding import Observed, Severity


def _runs_as_owner(observed: Observed) -> bool:
    return observed.evidence.get("security_definer") is not False


@script_rule(
    "SECURITY DEFINER function with an open search_path",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=("CreateFunction", "AlterFunction"),
    checks=("security/function_search_path_mutable", "security/definer_path_unsafe"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, function_search_path_mutable, definer_path_unsafe, wanted=_runs_as_owner)
