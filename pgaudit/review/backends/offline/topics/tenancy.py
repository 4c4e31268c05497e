"""Tenants apart: the column, row level security, who walks past it, and links between databases."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, say_if, within, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.records import Record

_OPEN = ("security/rls_disabled_exposed_table", "security/policy_without_rls", "security/rls_without_policy")
_HOLLOW = ("security/policy_always_true", "security/policy_trusts")
_AROUND = (
    "security/owner_bypasses_rls",
    "security/rls_not_forced",
    "security/bypassrls_role",
    "security/view_runs_as_owner",
    "security/matview_exposed",
    "security/truncate_and_references_grants",
)
DEFINERS = (
    "security/definer_path_unsafe",
    "security/security_definer_executable",
    "security/function_search_path_mutable",
)
_ONE_SERVER_BYTES = 1_099_511_627_776
"""A terabyte: one server of ordinary size holds it with ease."""
_ISOLATION = (*_OPEN, *_HOLLOW, *_AROUND, "tenancy/")
_NO_HOLES = frozenset({"tenancy/policy_setting_missing_raises", "tenancy/tenant_column_nullable"})
"""Faults of tenancy that show nobody a row of somebody else."""


def holes(desk: Desk) -> list[Record]:
    """Findings by which one tenant reaches, or learns of, rows of another."""
    return [record for record in desk.found(*_ISOLATION) if record.topic not in _NO_HOLES]


def has_tenants(desk: Desk) -> bool:
    """Whether a column tells tenants apart."""
    column = desk.fact("tenant_column")
    return column is not None and bool(column.facts.get("tables_with_it"))


def opened(desk: Desk) -> list[Record]:
    """Findings on tables that everybody reaches, or could."""
    return desk.found(*_OPEN, *_HOLLOW)


def isolation(desk: Desk) -> list[Claim]:
    """How far the tenant column reaches, and where the wall has holes."""
    claims: list[Claim] = []
    for topic in ("tenant_column", "row_security", "policies"):
        record = desk.fact(topic)
        claims += say_if(record.says if record else "", record)
    security = desk.fact("row_security")
    without = words(security.facts.get("without")) if security else ()
    column = desk.fact("tenant_column")
    if security and without and column and column.facts.get("tables_with_it"):
        bare = number(security.facts.get("tables_of_tenants")) - number(security.facts.get("enabled"))
        claims.append(say(f"Tables of tenants without row level security ({bare:g}): {joined(without)}", security))
    claims += _group(desk, _OPEN, "Exposed without a working policy")
    claims += _group(desk, _HOLLOW, "Policies that let everything through")
    claims += _group(desk, _AROUND, "Ways around the policies")
    claims += [say(record.says, record) for record in desk.found("tenancy/")]
    model = desk.given(InputName.TENANCY_MODEL)
    if model:
        claims.append(say(f"Tenancy model, {model.says}", model))
    return claims


def isolation_in_short(desk: Desk) -> list[Claim]:
    """How far the tenant column reaches and where the wall has holes; single places are left to the actions."""
    single = {record.id for record in desk.found("tenancy/")}
    claims = [claim for claim in isolation(desk) if not single.issuperset(claim.cites)]
    named = list(dict.fromkeys(f"{within(one.title)} ({len(one.records)})" for one in desk.issues("tenancy/")))
    if named:
        claims.append(say(f"Beside the policies: {joined(named)}", *desk.found("tenancy/")))
    return claims


def unknown_tenants(desk: Desk) -> list[Claim]:
    """That nobody said whether customers share these tables."""
    return not_assessed(
        "whether customers share these tables, and what tells them apart", desk.lacking(InputName.TENANCY_MODEL)
    )


def sessions_unseen(desk: Desk) -> list[Claim]:
    """How requests are told apart before they reach the database: outside of it."""
    return not_assessed(
        "how each API proves who calls, and how that reaches the database session",
        desk.lacking(InputName.AUTHORIZATION),
    )


def _group(desk: Desk, checks: tuple[str, ...], head: str) -> list[Claim]:
    found = desk.found(*checks)
    if not found:
        return []
    names = list(dict.fromkeys(guarded(record) for record in found))
    numbers = desk.numbers(found)
    tail = f"; {changes_in_words(numbers).lower()}" if numbers else ""
    return [say(f"{head} ({len(names)}): {joined(names)}{tail}", *found)]


def guarded(record: Record) -> str:
    """What is open: the table where a policy of it is at fault."""
    subject = record.object
    if subject is None:
        return record.title
    return f"{subject.schema}.{subject.table}" if subject.kind == "policy" and subject.table else str(subject)


def isolation_holds(desk: Desk) -> bool | None:
    """Whether tenants are kept apart by the database; None where no tenant column was found."""
    security, column = desk.fact("row_security"), desk.fact("tenant_column")
    if security is None or column is None or not number(column.facts.get("tables_with_it")):
        return None
    everything = number(security.facts.get("enabled")) >= number(security.facts.get("tables_of_tenants"))
    return everything and not holes(desk)


def authorization(desk: Desk) -> list[Claim]:
    """How the tenant reaches the session, and who holds more rights than the application needs."""
    claims: list[Claim] = []
    roles = desk.fact("roles")
    claims += say_if(roles.says if roles else "", roles)
    policies = desk.fact("policies")
    common = str(policies.facts.get("commonest") or "") if policies else ""
    if policies and common:
        count = number(policies.facts.get("commonest_count"))
        claims.append(
            say(f"The tenant reaches the policies through the session: {count:g} of them are worded {common}", policies)
        )
    stated = desk.given(InputName.AUTHORIZATION)
    if stated:
        claims.append(say(f"Authorisation, {stated.says}", stated))
    claims += not_assessed(
        "whether the API sets the tenant of every session before its first query, and clears it when a pooled "
        "connection is handed on",
        desk.lacking(InputName.AUTHORIZATION),
    )
    links = desk.fact("links")
    claims += say_if(links.says if links else "", links)
    return claims


def injection(desk: Desk) -> list[Claim]:
    """SQL built from strings inside the database, and functions that lend their owner's rights."""
    claims: list[Claim] = []
    programs = desk.fact("programs")
    if programs:
        joined_sql = words(programs.facts.get("sql_joined_from_strings"))
        claims.append(say(programs.says, programs))
        if joined_sql:
            names = joined(joined_sql)
            claims.append(
                say(f"Read these for values that are not quoted by format() with %I and %L: {names}", programs)
            )
    claims += _group(
        desk, DEFINERS, "Functions that can be led astray, or that anybody may call with their owner's rights"
    )
    parameters = [record for record in desk.queries() if "$1" in str(record.facts.get("query"))]
    if parameters:
        claims.append(
            say(
                "Whether the application sends values as parameters cannot be told from inside: the server "
                "writes $1 for "
                "a literal as well",
                *parameters,
            )
        )
    return claims


def privacy(desk: Desk) -> list[Claim]:
    """Personal data, retention, encryption."""
    claims: list[Claim] = []
    for topic in ("personal_data", "encryption", "soft_deletes"):
        record = desk.fact(topic)
        claims += say_if(record.says if record else "", record)
    personal = desk.fact("personal_data")
    open_ones = words(personal.facts.get("without_row_security")) if personal else ()
    if personal and open_ones:
        claims.append(say(f"Personal data outside of row level security: {joined(open_ones)}", personal))
    claims += [say(record.says, record) for record in desk.found("privacy/", "retention/", "security/sensitive_column")]
    stated = desk.given(InputName.COMPLIANCE)
    if stated:
        claims.append(say(f"Compliance, {stated.says}", stated))
    claims += not_assessed("what the law and contracts demand", desk.lacking(InputName.COMPLIANCE))
    return claims


# ---- one database or two


def links(desk: Desk) -> list[Claim]:
    """Links to another database that nothing can check."""
    related = desk.related
    if not related:
        claims = []
        own = desk.fact("links")
        claims += say_if(own.says if own else "", own)
        return [*claims, *not_assessed("ids that point into a second database", [r for r in [desk.lacks_related] if r])]
    summary, every = related[0], related[1:]
    drifted = [one for one in every if one.facts.get("types_differ")]
    claims = [say(summary.says, summary, *drifted)]
    claims += [say(record.says, record) for record in (drifted or every)[:8]]
    return claims


def strategy(desk: Desk) -> tuple[int, list[Claim]]:
    """Which of the four strategies holds, as an index into them, and why: evidence first, then context."""
    claims: list[Claim] = []
    relations, keys = desk.fact("relations"), desk.fact("keys")
    related = desk.related
    compliance = desk.given(InputName.COMPLIANCE)
    model = desk.given(InputName.TENANCY_MODEL)
    separate = compliance is not None and any(
        word in str(compliance.facts.get("value")).lower()
        for word in ("physical separation", "separate database", "residency")
    )
    if separate and compliance:
        return 0, [say(f"Separation is a condition and no choice of design: {compliance.says}", compliance)]
    if model and "db-per-tenant" in str(model.facts.get("value")).lower():
        return 1, [say(f"The tenancy model keeps databases apart already: {model.says}", model)]
    if related:
        count = number(related[0].facts.get("links"))
        drifted = number(related[0].facts.get("drifted"))
        claims.append(
            say(
                f"{plural(count, 'link')} between the two databases rest on ids that no foreign key and no transaction "
                f"spans, and the types of {drifted:g} have drifted already: a second database costs integrity today",
                related[0],
            )
        )
        return (3 if count else 2), [*claims, *_size(relations), *_transactions(keys)]
    if keys is not None and keys.facts.get("tables") == 0:
        return 2, [say("There is no table yet, so nothing that was counted asks for a second database", keys)]
    claims += _size(relations)
    claims += _transactions(keys)
    claims += _wall(desk)
    return 2, claims


def _size(relations: Record | None) -> list[Claim]:
    if relations is None:
        return []
    stored = number(relations.facts.get("table_bytes")) + number(relations.facts.get("index_bytes"))
    small = stored < _ONE_SERVER_BYTES
    size = f"{stored / 1_048_576:,.0f} MB" if stored >= 1_048_576 else "less than 1 MB"  # noqa: PLR2004 - a megabyte
    said = "size gives no reason to divide" if small else "size alone may give reason to divide"
    if not relations.facts.get("tables", 1):
        return [say("There is no table yet, so nothing that was counted speaks for a second database", relations)]
    return [say(f"At {size} of tables and indexes, {said}", relations)]


def _transactions(keys: Record | None) -> list[Claim]:
    if keys is None:
        return []
    count = number(keys.facts.get("foreign_keys"))
    if not count:
        return []
    return [
        say(
            f"Within one database {plural(count, 'foreign key')} and one transaction keep rows together; across "
            "two databases nothing does, and every repair becomes a job of its own",
            keys,
        )
    ]


def _wall(desk: Desk) -> list[Claim]:
    security, column = desk.fact("row_security"), desk.fact("tenant_column")
    found = holes(desk)
    if security is None:
        return []
    if column and not column.facts.get("tables_with_it"):
        return unknown_tenants(desk)
    if found:
        return [
            say(
                f"The isolation that makes one database sufficient is not complete: {security.says}, with "
                f"{plural(len(found), 'finding')} to close first. A second database would carry the same",
                security,
                *found,
            )
        ]
    return [say(f"{security.says}, and no way around it was found", security)]
