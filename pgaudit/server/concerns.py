"""What is better known before an audit of this server with this role is trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from pgaudit.server.facts import ServerFacts
from pgaudit.server.pooler import PoolerVerdict
from pgaudit.version import NEWEST_MAJOR
from probes.catalog.provider import Provider

_SETTLED_COUNTERS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that weakens an audit, or a role that is wider than an audit needs.

    Attributes:
        id: stable, for machines.
        message: one line for people: what it is and what to do.
        remedy: SQL that ends it, where SQL can.
    """

    id: str
    message: str
    remedy: tuple[str, ...] = ()


def concerns(facts: ServerFacts, role: str) -> tuple[Concern, ...]:
    """Gives what to warn about; `role` is our role, quoted as SQL."""
    return (*_role_concerns(facts, role), *_server_concerns(facts))


def _role_concerns(facts: ServerFacts, role: str) -> Iterator[Concern]:
    if facts.is_object_audit_role:
        yield Concern(
            "pgaudit_role",
            f"the pgAudit extension logs every use of what pgaudit.role = {facts.object_audit_role} may do, and this "
            "role is that one or a member of it: grants to it switch on logging; audit with another role",
        )
    if facts.role.superuser:
        yield Concern(
            "superuser",
            "the role is a superuser, which no audit needs: create one with CONNECT and pg_monitor instead",
        )
        return
    if facts.role.has("pg_read_all_data"):
        yield Concern(
            "pg_read_all_data",
            "the role has pg_read_all_data and reads every row, and password hashes in pg_authid: take it away",
            (f"revoke pg_read_all_data from {role};",),
        )
    if facts.role.has("pg_write_all_data"):
        yield Concern(
            "pg_write_all_data",
            "the role has pg_write_all_data and may change every row: take it away",
            (f"revoke pg_write_all_data from {role};",),
        )
    if facts.role.bypasses_rls:
        yield Concern(
            "bypassrls",
            "the role bypasses row level security, which no audit needs: take it away",
            (f"alter role {role} nobypassrls;",),
        )


def _server_concerns(facts: ServerFacts) -> Iterator[Concern]:
    if facts.pooler.is_likely:
        sure = "a" if facts.pooler.verdict is PoolerVerdict.CERTAIN else "probably a"
        yield Concern(
            "pooler",
            f"{sure} connection pooler is in between ({'; '.join(facts.pooler.reasons)}): "
            f"prefer the direct URL{_direct_url(facts.provider)}",
        )
    if facts.in_recovery:
        yield Concern(
            "standby",
            "this is a standby: its counters are its own, an index that is unused here may be used on the primary",
        )
    if facts.counters_age < _SETTLED_COUNTERS:
        yield Concern(
            "young_counters",
            f"counters are only sure to cover {_age(facts.counters_age)}: "
            f"findings about use need {_SETTLED_COUNTERS.days} days",
        )
    if facts.provider is Provider.NEON:
        yield Concern("neon", "Neon forgets counters when the compute suspends, and this audit wakes (and bills) it")
    if facts.major > NEWEST_MAJOR:
        yield Concern(
            "newer_server",
            f"PostgreSQL {facts.version} is newer than the {NEWEST_MAJOR} that pgaudit knows: upgrade pgaudit",
        )


def _direct_url(provider: Provider) -> str:
    match provider:
        case Provider.NEON:
            return " (the same host name without -pooler)"
        case Provider.SUPABASE:
            return " (db.<project>.supabase.co:5432)"
        case Provider.AZURE:
            return " (port 5432 instead of 6432)"
        case _:
            return ""


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours else "less than an hour"  # noqa: PLR2004
