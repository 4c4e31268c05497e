"""A policy lets everybody write every row.

What: CREATE POLICY or ALTER POLICY for writing whose expression is true for every row, and which is for PUBLIC or for
a role that the API's users come as.

Why it matters: The table looks protected: row level security is on and a policy exists. But whoever may write the
table at all may change or delete every row of it, or plant rows under another tenant's name.

When it is harmless: Grants keep everybody out who is not meant to have the run of the table.

What to do: Say whose rows the role may touch, in USING and in WITH CHECK; for a role of maintenance name that role.

Known limits: Only conditions that are true by form are seen through. Policies for other roles are passed over without
a database, for whether those are exposed is not known. With a database it is silent: security/policy_always_true says
the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/sql-createpolicy.html

Given::

    grant usage on schema public to public;
    create table orders (id bigint primary key, owner_id bigint);
    alter table orders enable row level security;
    create role authenticator noinherit login;
    create role authenticated;
    create role service_role bypassrls;
    grant select, insert, update, delete on orders to public;

Unsafe (without a catalog)::

    create policy all_of_it on orders using (true);

Unsafe (without a catalog)::

    create policy plant on orders for insert to authenticated with check (1 = 1);

Safe (without a catalog)::

    create policy seen on orders for select using (true);

Safe (without a catalog)::

    create policy own on orders using (owner_id = current_setting('app.user')::bigint);

Safe (without a catalog)::

    create policy jobs on orders to service_role using (true);

Safe (without a catalog)::

    create policy narrow on orders as restrictive using (true);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.checks._support.exposure import API_ROLES
from probes.checks._support.policies import says_nothing
from probes.finding import Severity
from probes.sql.expressions.build import from_source
from probes.sql.expressions.truth import truth
from probes.sql.tree.atoms import Source
from probes.sql.tree.enums import RoleKind
from probes.sql.tree.routines import CreatePolicy

_SEEN = frozenset({"all", "update", "delete"})
_NEW = frozenset({"all", "update", "insert"})


def _is_empty(condition: Source) -> bool:
    return bool(condition) and says_nothing(truth(from_source(condition)))


def _empty_clauses(tree: CreatePolicy) -> Iterator[str]:
    if tree.command in _SEEN and _is_empty(tree.using):
        yield "USING"
    if tree.command in _NEW and _is_empty(tree.with_check or tree.using):
        yield "WITH CHECK" if tree.with_check else "USING"


@rule(
    "Policy that lets everybody write",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=("CreatePolicy",),
    checks=("security/policy_always_true",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag policies for writing that refuse nothing."""
    tree = step.tree
    if not isinstance(tree, CreatePolicy) or not tree.permissive:
        return
    names = ["PUBLIC" if one.kind is RoleKind.PUBLIC else one.name or "" for one in tree.roles]
    open_to = [name for name in names if name == "PUBLIC" or name in API_ROLES]
    clauses = dict.fromkeys(_empty_clauses(tree))
    if open_to and clauses:
        yield Flag(
            message=(
                f"policy {tree.name} lets {', '.join(open_to)} write any row of {tree.table.name}: its "
                f"{' and '.join(clauses)} expression is always true"
            )
        )
