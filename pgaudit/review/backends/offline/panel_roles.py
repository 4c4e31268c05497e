"""The seven roles of the panel: each reads the same evidence for what it answers for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pgaudit.review.backends.offline.actions import action, actions, distinct
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, plural, say, say_if, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.backends.offline.outlook import test_of
from pgaudit.review.backends.offline.topics import (
    business,
    indexes,
    migration,
    operations,
    performance,
    schema,
    tenancy,
)
from pgaudit.review.backends.offline.validation import query_table, validation_queries
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.issues import Level
from pgaudit.review.documents.others import ExpertOpinion
from pgaudit.review.documents.parts import Basis, Claim, Part, Table
from pgaudit.review.documents.wording import PANEL_FOCUS, PANEL_PROVISIONS, PANEL_ROLES
from pgaudit.review.evidence.records import Record

Topic = Callable[[Desk], list[Claim]]
_MOST = 12
_MIGRATION = 5
"""The role whose lists are carried out: none of them is cut."""


def experts(desk: Desk) -> tuple[ExpertOpinion, ...]:
    """Seven opinions: what each saw, and what each provides under the headings of the format."""
    found: list[ExpertOpinion] = []
    for number, (role, focus) in enumerate(zip(PANEL_ROLES, PANEL_FOCUS, strict=True)):
        said: set[str] = set()
        most = None if role == PANEL_ROLES[_MIGRATION] else _MOST
        analysis = _told(desk, _ANALYSES[number], said, most)
        parts = [
            Part(heading, _told(desk, topics, said, most), table=_table(desk, heading))
            for heading, topics in zip(PANEL_PROVISIONS[number], _PROVISIONS[number], strict=True)
        ]
        found.append(ExpertOpinion(role, focus, analysis, tuple(parts)))
    return tuple(found)


def _told(desk: Desk, topics: Iterable[Topic], said: set[str], most: int | None) -> tuple[Claim, ...]:
    """What topics say: what was seen once for each role, what was not seen in every part that it is missing from."""
    claims = [claim for topic in topics for claim in topic(desk)]
    unseen = [claim for claim in claims if claim.basis is Basis.NOT_ASSESSABLE]
    seen = [claim for claim in claims if claim.basis is not Basis.NOT_ASSESSABLE]
    fresh = distinct(seen, said=set(said))
    is_cut = most is not None and len(fresh) > most + 1
    shown, rest = (fresh[:most], fresh[most:]) if is_cut else (fresh, ())
    said.update(claim.text for claim in shown)
    return (*shown, *_rest(rest), *distinct(unseen))


def _rest(claims: tuple[Claim, ...]) -> list[Claim]:
    """How many were left out, where a list is long."""
    if not claims:
        return []
    cites = tuple(dict.fromkeys(identity for claim in claims for identity in claim.cites))
    return [Claim(f"And {len(claims)} more, as the records at the end tell.", cites)]


def _table(desk: Desk, heading: str) -> Table | None:
    """The table that stands under a heading of the format."""
    if heading == "Data validation queries to run post-migration":
        return query_table(validation_queries(desk, desk.decisions.changes))
    if heading == "Monitoring and alerting recommendations":
        return operations.alerts(desk)
    return performance.top_queries(desk) if heading == "Query optimization recommendations" else None


def _doing(*prefixes: str, most: int = 6) -> Topic:
    return lambda desk: actions(desk, *prefixes, most=most)


def _records(changes: Iterable[PlannedChange]) -> list[Record]:
    return [record for one in changes for record in one.records]


def _numbered(changes: Iterable[PlannedChange]) -> str:
    return changes_in_words(tuple(one.number for one in changes)).lower()


# ---- the architect


def _types(desk: Desk) -> list[Claim]:
    """Keys, sizes and types; what is wrong with single columns is said with what mends it."""
    single = {record.id for record in desk.found("money/", "schema/money_as_float", "schema/type_money")}
    return [claim for claim in schema.types(desk) if not single.issuperset(claim.cites)]


def _strategy(desk: Desk) -> list[Claim]:
    return tenancy.strategy(desk)[1]


# ---- payments and tenants


def _money_actions(desk: Desk) -> list[Claim]:
    """What to do about protection that is off, or walked past, on tables of money."""
    found: list[Claim] = []
    for issue in desk.issues("constraints/disabled_trigger", "security/", "tenancy/"):
        own = tuple(record for record in issue.records if business.of_money(record))
        if own:
            found.append(action(desk, issue, own))
    return found


_OF_THE_SCHEMA = (
    "security/rls_",
    "security/policy_",
    "tenancy/",
    "security/view",
    "security/matview",
    *tenancy.DEFINERS,
)


def _vulnerabilities(desk: Desk) -> list[Claim]:
    """Holes in the schema itself, or that the checks of it found none."""
    covered = next((one for one in desk.pack.records if one.topic == "coverage/security"), None)
    if desk.found(*_OF_THE_SCHEMA) or covered is None:
        return actions(desk, *_OF_THE_SCHEMA)
    return [
        say(
            f"No table, policy, view or function was found that gives away more than it should ({covered.says})",
            covered,
        )
    ]


def _amounts(desk: Desk) -> list[Claim]:
    """How amounts are kept."""
    amounts = desk.fact("amounts")
    return say_if(amounts.says if amounts else "", amounts)


def _isolation_tests(desk: Desk) -> list[Claim]:
    """How to see that tenants are apart: as the application, on the tables that were open."""
    column = desk.fact("tenant_column")
    if column is None or not tenancy.has_tenants(desk):
        return tenancy.unknown_tenants(desk)
    opened = list(dict.fromkeys(tenancy.guarded(one) for one in tenancy.opened(desk)))
    where = f" Begin with {joined(opened[:6])}: policies did not guard them" if opened else ""
    name = column.facts.get("column")
    claims = [
        say(
            "As the application's role, in a transaction that is rolled back: set one tenant, and count the rows of "
            f"each table whose {name} is another's: 0 each time. Set no tenant: 0 rows. INSERT and UPDATE with another "
            f"tenant's {name}: refused.{where}",
            column,
            *tenancy.holes(desk),
        )
    ]
    crossing = desk.found("tenancy/foreign_key_can_cross_tenants")
    if crossing:
        names = joined(record.object.name for record in crossing if record.object)
        claims.append(
            say(
                f"Rows that cross already: join both sides of {names} and count where {name} differs, before the "
                "foreign key that includes the tenant is validated",
                *crossing,
            )
        )
    return claims


# ---- growth


def _growth(desk: Desk) -> list[Claim]:
    partitioning, relations = desk.fact("partitioning"), desk.fact("relations")
    claims: list[Claim] = []
    if partitioning and relations:
        claims.append(say(f"{partitioning.says}; {relations.says}", partitioning, relations))
    return claims


def _targets(desk: Desk) -> list[Claim]:
    """What it has to grow to, where nobody said."""
    return not_assessed("how far it has to grow, and how fast", desk.lacking(InputName.SCALE_TARGETS))


def _replicas(desk: Desk) -> list[Claim]:
    backups, workload = desk.fact("backups"), desk.fact("workload")
    if backups is None:
        return []
    count = backups.facts.get("replicas")
    text = (
        f"{plural(count, 'replica')} fed by this server"
        if isinstance(count, int) and count
        else "No replica streams from this server"
    )
    heavy = desk.found("workload/slow_queries")
    if heavy and not count:
        text += "; mend the slow statements before buying one: a replica runs the same plans"
    return [say(text, backups, *heavy[:2], *([workload] if workload else []))]


# ---- migration


def runbook(desk: Desk) -> list[Claim]:
    """The changes in the order of their numbers: level by level, and stage by stage within each."""
    changes = desk.decisions.changes
    first = [one for one in changes if one.number == 1 and one.issue.startswith("sessions/")]
    steps: list[Claim] = []
    if first:
        text = (
            f"First, whatever its level: {first[0].stage.value} ({_numbered(first)}), for every lock queues behind it"
        )
        steps.append(say(text, *_records(first)))
    for level in Level:
        members = [one for one in changes if one.level is level and one not in first]
        if members:
            stages = dict.fromkeys(one.stage for one in members)
            told = [f"{stage.value} ({_numbered(one for one in members if one.stage is stage)})" for stage in stages]
            order = ", in this order" if len(told) > 1 else ""
            steps.append(say(f"{level.value}{order}: {'; '.join(told)}", *_records(members)))
    if steps:
        text = "Each change is run as it is printed under deliverable 6, and validated before the next level begins"
        steps.append(say(text, *_records(changes)))
    return steps


def _flags(desk: Desk) -> list[Claim]:
    """Which changes the code has to know of before they run."""
    changes = desk.decisions.changes
    visible = desk.found(
        "security/rls_disabled_exposed_table", "security/policy_without_rls", "security/owner_bypasses_rls"
    )
    retyped = [
        one for one in desk.found("schema/money_as_float", "schema/type_", "sequences/int_primary_key") if one.change
    ]
    claims: list[Claim] = []
    if visible:
        names = joined(dict.fromkeys(tenancy.guarded(record) for record in visible))
        claims.append(
            say(f"One flag each, in the code that reads {names}: rows vanish for sessions without a tenant", *visible)
        )
    if retyped:
        names = joined(dict.fromkeys(_column(record) for record in retyped))
        claims.append(say(f"Code that reads {names} must take both types while the change is under way", *retyped))
    if changes and not claims:
        text = "No change hides rows from the application or gives a column another type, so none needs a flag"
        claims.append(say(text, *_records(changes)))
    return claims


def _column(record: Record) -> str:
    """The column that a change of type is about."""
    subject = record.object
    if subject is None:
        return record.title
    return f"{subject}.{subject.columns[0]}" if subject.kind == "table" and len(subject.columns) == 1 else str(subject)


def _second_scan(desk: Desk) -> list[Claim]:
    """What shows that the changes held for which no single query does."""
    changes = desk.decisions.changes
    if not changes:
        return []
    text = (
        "For every change: scan again. pgaudit review --previous with the JSON form of this review calls each finding "
        "Fixed, Partially Fixed, Not Fixed or Worse. The queries below need no tool"
    )
    return [say(text, *_records(changes))]


def _tests(desk: Desk) -> list[Claim]:
    """What to try after each stage, on a copy first."""
    changes = desk.decisions.changes
    if not changes:
        return []
    copy = "Every phase first on a copy with production's rows: each change, its validation query, its way back"
    claims = [say(copy, *_records(changes))]
    for stage in dict.fromkeys(one.stage for one in changes):
        members = [one for one in changes if one.stage is stage]
        name = f"{stage.value[0].upper()}{stage.value[1:]}"
        claims.append(say(f"{name} ({_numbered(members)}): {test_of(desk, stage)}", *_records(members)))
    return claims


# ---- integrations


def _delivery_keys(desk: Desk) -> list[Claim]:
    """Tables of deliveries that no key keeps from storing one twice."""
    events = desk.fact("events")
    names = set(words(events.facts.get("tables"))) if events else set()
    keyless = [one for one in desk.found("constraints/missing_primary_key") if str(one.object) in names]
    numbers = desk.numbers(keyless)
    claims: list[Claim] = []
    if keyless:
        told = f"; {changes_in_words(numbers).lower()}" if numbers else ""
        claims.append(say(f"{'; '.join(one.says for one in keyless)}{told}", *keyless))
    bare = words(events.facts.get("without_idempotency_key")) if events else ()
    if events and bare:
        text = (
            f"Where {joined(bare)} take deliveries from outside: a unique key over sender and the sender's event id, "
            "and INSERT ... ON CONFLICT DO NOTHING before anything else is done, so that a repeated delivery changes "
            "nothing"
        )
        claims.append(say(text, events))
    return claims


def _waiting(desk: Desk) -> list[Claim]:
    """Statements that wait for others without an end."""
    return actions(desk, "sessions/idle_in_transaction", "config/timeouts_unset")


# ---- what each role reads, and provides

_ANALYSES: tuple[tuple[Topic, ...], ...] = (
    (schema.entities, schema.normalization, schema.integrity),
    (business.errors, business.states),
    (business.financial_integrity, business.marking),
    (tenancy.isolation_in_short, tenancy.injection),
    (performance.workload, performance.paging, performance.bottlenecks),
    (migration.altering, migration.zero_downtime),
    (business.webhooks, business.outages),
)
_PROVISIONS: tuple[tuple[tuple[Topic, ...], ...], ...] = (
    (
        (_types, _doing("schema/", most=4)),
        (_strategy,),
        (schema.business_keys, _doing("constraints/", "durability/")),
        (indexes.index_strategy,),
    ),
    (
        (performance.paging, business.rest),
        (tenancy.links,),
        (business.invoices,),
        (_doing("sequences/", "config/timeouts_unset"), business.partial_failures),
        (performance.caching,),
    ),
    (
        (business.invoices,),
        (_money_actions, business.marking),
        (business.idempotency, business.deliveries_unseen),
        (business.audit_trail, business.reconciling),
        (_doing("schema/money_as_float", "schema/type_money", "money/"), _amounts, business.payouts),
    ),
    (
        (_vulnerabilities,),
        (tenancy.authorization, _doing("security/public_can_create", "security/truncate")),
        (tenancy.privacy,),
        (_isolation_tests,),
        (_doing("security/hba", "security/bypassrls_role", "security/login"), tenancy.sessions_unseen),
    ),
    (
        (_doing("indexes/unindexed_foreign_key", "queries/", "indexes/missing"), indexes.unjudged),
        (performance.served, performance.shapes, _doing("workload/")),
        (performance.caching,),
        (_growth, _doing("partitioning/", "retention/"), _targets),
        (_replicas,),
        (operations.monitoring, operations.connections),
    ),
    (
        (runbook,),
        (_second_scan, migration.proofs),
        (migration.reversibility,),
        (_flags,),
        (_tests,),
    ),
    (
        (business.idempotency, business.deliveries_unseen),
        (_delivery_keys, business.deliveries_unseen),
        (_waiting, business.breakers),
        (business.watching,),
        (business.mail, business.outages),
    ),
)
