"""A function call moves a whole table while others wait.

What: SELECT create_hypertable(..., migrate_data => true) of TimescaleDB, or create_distributed_table,
create_reference_table, undistribute_table, alter_distributed_table or alter_table_set_access_method of Citus, on a
table that existed before.

Why it matters: Behind the SELECT stands DDL: all rows are copied into new tables under a lock that writers, and at the
end readers too, wait for, for as long as the table is large. It looks like a query, and it runs in the transaction of
the migration.

When it is harmless: The table is new, empty or small.

What to do: Convert the table while it is empty. Else, with Citus, create_distributed_table_concurrently; with
TimescaleDB make a new hypertable, copy in batches, and exchange the names.

Known limits: Goes by the names of these functions, called with the table's name as a constant.

Sources: https://docs.citusdata.com/en/stable/develop/api_udf.html
https://docs.timescale.com/api/latest/hypertable/create_hypertable/

Unsafe (without a catalog)::

    select create_distributed_table('orders', 'customer_id');

Unsafe (without a catalog)::

    select create_hypertable('orders', 'made_on', migrate_data => true);

Safe (without a catalog)::

    select create_distributed_table_concurrently('orders', 'customer_id');

Safe (without a catalog)::

    create table visits (id bigint, seen_at timestamptz not null);
    select create_hypertable('visits', 'seen_at', migrate_data => true);
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity

_CALL = re.compile(
    rb"\b(create_hypertable|create_distributed_table|create_reference_table|undistribute_table|alter_distributed_table"
    rb"|alter_table_set_access_method)\s*\(\s*(?:\w+\s*(?:=>|:=)\s*)?'(?:(\w+)\.)?(\w+)'([^;]*)"
)
_MIGRATES = re.compile(rb"\bmigrate_data\s*(?:=>|:=)\s*(?:true|'t)", re.IGNORECASE)


@rule(
    "Function of an extension that moves a table",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("Select",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag calls that copy a table in use."""
    statement = step.statement
    found = _CALL.search(statement.text, statement.start, statement.end)
    if found is None or (found[1] == b"create_hypertable" and not _MIGRATES.search(found[4])):
        return
    schema, name = found[2].decode() if found[2] else None, found[3].decode("utf-8", "replace")
    table = step.look.run.find(schema, name)
    ref = step.look.run.ref(table) if table is not None else RelationRef(schema=schema, name=name)
    if step.is_used_by_others(ref) and not step.look.is_empty(ref):
        yield Flag(
            message=f"{found[1].decode()} copies {ref.qualified_name} while others wait for it",
            blocked=(ref,),
            works=True,
        )
