"""Row level security is switched on and no policy lets anybody in.

What: ENABLE ROW LEVEL SECURITY on a table for which, when the script ends, no policy is known.

Why it matters: Without a policy everybody but the owner sees an empty table and can write nothing, without an error
when reading. The application goes on and believes it.

When it is harmless: The table is closed on purpose and reached through functions of its owner; or policies exist
already, which only a database can tell.

What to do: CREATE POLICY in the same transaction, before ENABLE if the table is in use.

Known limits: Policies that cover only some commands count. With a database it is silent: security/rls_without_policy
says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html

Given::

    grant usage on schema public to public;
    create table orders (id bigint primary key, owner_id bigint);
    grant select on orders to public;

Unsafe (without a catalog)::

    alter table orders enable row level security;

Safe (without a catalog)::

    alter table orders enable row level security;
    create policy own on orders using (owner_id = current_setting('app.user')::bigint);

Safe (without a catalog)::

    create table notes (id bigint primary key);
    create policy everybody on notes for select using (true);
    alter table notes enable row level security;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.rows import PgPolicy
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


@script_rule(
    "Row level security without a policy",
    area=Area.SECURITY,
    severity=Severity.LOW,
    triggers=("AlterTable:ENABLE_ROW_SECURITY",),
    checks=("security/rls_without_policy",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag tables that are closed to all."""
    for step in script.all_steps():
        tree = step.tree
        if not isinstance(tree, AlterTable) or not any(
            command.kind is AlterTableType.ENABLE_ROW_SECURITY for command in tree.commands
        ):
            continue
        table = script.look.relation(tree.relation)
        if table is not None and not script.look.run.world.where(PgPolicy, "relation", table.oid):
            yield (
                step,
                Flag(message=f"no policy of {tree.relation.name} is known: all but its owner see no row"),
            )
