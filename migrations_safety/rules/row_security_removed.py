"""A table loses its row level security.

What: DISABLE ROW LEVEL SECURITY on a table that existed before.

Why it matters: From the commit on whoever may read the table reads every tenant's rows; the policies remain, and look
as if they did something.

When it is harmless: The grants on the table keep everybody out who should not see all of it.

What to do: Change the policy instead; for work on all rows use a role with BYPASSRLS.

Known limits: NO FORCE, which frees the owner alone, is left to the scan. With a database it is silent:
security/policy_without_rls and security/rls_disabled_exposed_table say the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    grant usage on schema public to public;
    create table orders (id bigint primary key, owner_id bigint);
    alter table orders enable row level security, force row level security;
    create policy own on orders using (owner_id = current_setting('app.user')::bigint);
    grant select on orders to public;

Unsafe (without a catalog)::

    alter table orders disable row level security;

Safe (without a catalog)::

    create table notes (id bigint primary key);
    alter table notes disable row level security;

Safe (without a catalog)::

    alter table orders enable row level security;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._subjects import is_used_table
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


@rule(
    "Row level security removed",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=("AlterTable:DISABLE_ROW_SECURITY",),
    checks=("security/policy_without_rls", "security/rls_disabled_exposed_table"),
    squawk=("ban-alter-row-level-security",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are opened."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or not is_used_table(step):
        return
    for command in tree.commands:
        if command.kind is AlterTableType.DISABLE_ROW_SECURITY:
            yield Flag(message=f"no policy binds anybody any more: who may read {tree.relation.name} reads all of it")
