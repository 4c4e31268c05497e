"""Policy that lets everything through.

What: A permissive policy that governs writing has a condition that is true for every row, or several permissive
policies have conditions of which one always holds.

Why it matters: The table looks protected: row level security is on, a policy exists, a review of the schema is
pleased. But whoever may write the table at all may change or delete every row of it, or plant rows under another
tenant's name.

When it is harmless: The role is meant to have the run of the table, as a role for maintenance is. Give such a role
BYPASSRLS or keep it out of the application's reach, so that nobody has to wonder.

How to fix it safely: Write down whose rows the role may touch and put that into USING and WITH CHECK. ALTER POLICY
replaces an expression at once, under a short ACCESS EXCLUSIVE lock. There is no statement to offer here: whom a row
belongs to is what the policy fails to say.

How it is decided: Expressions are parsed and worked out in three-valued logic: `true`, `2 = 2`, `x or true`, a column
compared with itself, IS NOT NULL on a column that is NOT NULL. A missing WITH CHECK stands for the USING expression; a
missing USING denies. FOR SELECT USING (true) is left out: it says that everybody may read. Only policies are judged
that apply to an exposed role which also has the privilege, on tables where row level security is on. A restrictive
policy for the same command with a condition of its own takes the force out of the finding, and it is not made.

Known limits: A condition that is true for every row you happen to have, or a function that always returns true, is not
seen through.

Sources: https://www.postgresql.org/docs/current/sql-createpolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression
from probes.catalog.navigation import Policy, Relation
from probes.catalog.navigation.security import PolicyCommand
from probes.catalog.rows import PgConstraint, PgPolicy, PgType
from probes.check import Needs, Unchecked, check
from probes.checks._support import policies as p
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.refs import relation_ref
from probes.finding import Advice, Observed, Severity

_ADVICE = Advice(
    "Say in the policy whose rows the role may touch (ALTER POLICY ... USING ... WITH CHECK ...). No statement can be "
    "written for you: the table does not tell whom a row belongs to."
)
_WRITES = (PolicyCommand.INSERT, PolicyCommand.UPDATE, PolicyCommand.DELETE)


@check(
    title="Policy that is always true",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgPolicy, PgConstraint, PgType)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
    aliases=("security/policy_tautology",),
)
def policy_always_true(catalog: Catalog, at: ExposureAt) -> Iterator[Observed | Unchecked]:
    """Yield each policy, or set of policies, that lets exposed roles write what they like."""
    exposure = exposure_of(catalog, at)
    by_relation = catalog.grouped(PgPolicy, "relation")
    for row in catalog.tables_in_scope:
        rows = by_relation.get(row.oid, ()) if row.row_security else ()
        if not rows or (len(rows) == 1 and p.never_says_nothing(rows[0])):
            continue
        table = Relation(catalog, row)
        policies = table.policies
        readable = [policy for policy in policies if not p.unread_reason(policy)]
        for policy in policies:
            if reason := p.unread_reason(policy):
                yield Unchecked(p.policy_ref(policy), reason)
        if readable:
            yield from _of_table(table, readable, exposure)


def _of_table(table: Relation, policies: list[Policy], exposure: Exposure) -> Iterator[Observed]:
    not_null = p.columns_without_null(table)
    if len(policies) == 1 and not any(p.is_always_true(one, not_null) for _, one in p.clauses(policies[0])):
        return
    reported: set[PolicyCommand] = set()
    for policy in policies:
        faults = [
            (command, words)
            for command in p.commands_of(policy)
            for words in _empty_clauses(policy, command, not_null)
            if exposure.bound_by(policy.row.roles, table, p.PRIVILEGE_OF[command])
            and not _is_restricted(policies, command, not_null)
        ]
        if policy.row.permissive and faults:
            reported.update(command for command, _ in faults)
            yield _observed(policy, faults, exposure)
    for command in _WRITES:
        together = _covering(policies, command, not_null) if command not in reported else ()
        if together and not _is_restricted(policies, command, not_null):
            users = exposure.bound_by(_common_roles(together), table, p.PRIVILEGE_OF[command])
            if users:
                yield _observed_together(table, command, together, users)


def _empty_clauses(policy: Policy, command: PolicyCommand, not_null: frozenset[str]) -> Iterator[str]:
    """The clauses with which a policy lets every row through for a command that writes."""
    if command in {PolicyCommand.UPDATE, PolicyCommand.DELETE} and p.is_always_true(p.seen_rows(policy), not_null):
        yield "USING"
    elif command in {PolicyCommand.UPDATE, PolicyCommand.INSERT} and p.is_always_true(p.new_rows(policy), not_null):
        yield "WITH CHECK" if policy.row.check is not None else "USING"


def _governing(policy: Policy, command: PolicyCommand) -> Expression | None:
    return p.new_rows(policy) if command is PolicyCommand.INSERT else p.seen_rows(policy)


def _is_restricted(policies: list[Policy], command: PolicyCommand, not_null: frozenset[str]) -> bool:
    """Whether a restrictive policy has something to say about the command."""
    return any(
        not policy.row.permissive
        and command in p.commands_of(policy)
        and not p.is_always_true(_governing(policy, command), not_null)
        for policy in policies
    )


def _covering(policies: list[Policy], command: PolicyCommand, not_null: frozenset[str]) -> tuple[Policy, ...]:
    """Permissive policies none of which is always true, but their disjunction is."""
    concerned = [policy for policy in policies if policy.row.permissive and command in p.commands_of(policy)]
    conditions = [_governing(policy, command) for policy in concerned]
    if len(concerned) < 2 or not _common_roles(tuple(concerned)):
        return ()
    return tuple(concerned) if p.together_always_true(conditions, not_null) else ()


def _common_roles(policies: tuple[Policy, ...]) -> frozenset[int]:
    """Roles every one of the policies is for; one for PUBLIC is for all."""
    named = [frozenset(policy.row.roles) for policy in policies if 0 not in policy.row.roles]
    return frozenset.intersection(*named) if named else frozenset({0})


def _observed(policy: Policy, faults: list[tuple[PolicyCommand, str]], exposure: Exposure) -> Observed:
    table = policy.relation
    commands = tuple(dict.fromkeys(p.PRIVILEGE_OF[command] for command, _ in faults))
    users = sorted({name for one in commands for name in exposure.bound_by(policy.row.roles, table, one)})
    clauses = tuple(dict.fromkeys(words for _, words in faults))
    return Observed(
        object=p.policy_ref(policy),
        message=(
            f"policy {policy.name} lets {', '.join(users[:3])} {', '.join(commands)} any row of "
            f"{table.qualified_name}: its {' and '.join(clauses)} expression is always true"
        ),
        evidence={"commands": commands, "roles": tuple(users), "clauses": clauses},
        remedy=_ADVICE,
    )


def _observed_together(
    table: Relation, command: PolicyCommand, policies: tuple[Policy, ...], users: tuple[str, ...]
) -> Observed:
    names = tuple(sorted(policy.name for policy in policies))
    return Observed(
        object=relation_ref(table),
        message=(
            f"policies {', '.join(names)} together let {', '.join(users[:3])} {p.PRIVILEGE_OF[command]} any row of "
            f"{table.qualified_name}: one of them always holds"
        ),
        evidence={"policies": names, "roles": users, "commands": (p.PRIVILEGE_OF[command],)},
        remedy=_ADVICE,
        key=(p.PRIVILEGE_OF[command],),
    )
