"""The panel review, written by rules: seven roles read the same evidence, each for what it answers for."""

from __future__ import annotations

from collections.abc import Callable

from pgaudit.review.backends.offline.actions import actions, distinct
from pgaudit.review.backends.offline.assessment import decided, in_short, score_reasoning, timeline
from pgaudit.review.backends.offline.desk import Desk, joined, plural, say, say_if, within, words
from pgaudit.review.backends.offline.entries import change_entries, changes_in_words, count_in_words, entries
from pgaudit.review.backends.offline.outlook import alternatives
from pgaudit.review.backends.offline.topics import (
    business,
    indexes,
    migration,
    operations,
    performance,
    schema,
    tenancy,
)
from pgaudit.review.backends.offline.validation import validation_queries
from pgaudit.review.deciding.classes import Category
from pgaudit.review.deciding.decisions import Classification
from pgaudit.review.deciding.issues import Level
from pgaudit.review.deciding.score import PASS
from pgaudit.review.documents.others import ExpertOpinion, PanelReview, PanelVerdict
from pgaudit.review.documents.parts import Cell, Claim, NamedList, Part, Row, Table
from pgaudit.review.documents.wording import (
    PANEL_DELIVERABLES,
    PANEL_FOCUS,
    PANEL_PROVISIONS,
    PANEL_RECOMMENDATIONS,
    PANEL_ROLES,
)

Topic = Callable[[Desk], list[Claim]]
_MOST = 8


def panel(desk: Desk) -> PanelReview:
    """Seven opinions and eight deliverables."""
    decisions = desk.decisions
    return PanelReview(
        experts=_experts(desk),
        summary=_summary(desk),
        critical=entries(desk, decisions.at(Level.CRITICAL)),
        critical_claims=() if decisions.at(Level.CRITICAL) else (decided(desk, "No issue is critical.", ()),),
        high=entries(desk, decisions.at(Level.HIGH)),
        medium=entries(desk, decisions.at(Level.MEDIUM)),
        alternatives=_alternatives(desk),
        schema_claims=tuple(migration.proofs(desk)),
        endpoints=Part(PANEL_DELIVERABLES[6], distinct(business.errors(desk), business.rest(desk))),
        verdict=_verdict(desk),
        changes=change_entries(desk),
    )


# ---- the roles


def _experts(desk: Desk) -> tuple[ExpertOpinion, ...]:
    found: list[ExpertOpinion] = []
    for number, (role, focus) in enumerate(zip(PANEL_ROLES, PANEL_FOCUS, strict=True)):
        said: set[str] = set()
        analysis = distinct(*(topic(desk) for topic in _ANALYSES[number]), said=said, most=_MOST)
        parts = [
            Part(heading, distinct(*(topic(desk) for topic in topics), said=said, most=_MOST))
            for heading, topics in zip(PANEL_PROVISIONS[number], _PROVISIONS[number], strict=True)
        ]
        if number == _MIGRATION:
            parts[1] = _with_queries(desk, parts[1])
        found.append(ExpertOpinion(role, focus, analysis, tuple(parts)))
    return tuple(found)


_MIGRATION = 5


def _with_queries(desk: Desk, part: Part) -> Part:
    """The validation queries as a table."""
    queries = validation_queries(desk, desk.decisions.changes)
    rows = tuple(
        Row((Cell(one.proves.text), Cell(one.sql, is_code=True), Cell(one.expects)), one.proves.cites)
        for one in queries
    )
    return Part(part.heading, part.claims, table=Table(("Shows that", "Query", "Expected"), rows) if rows else None)


def _doing(*prefixes: str) -> Topic:
    return lambda desk: actions(desk, *prefixes)


def _strategy(desk: Desk) -> list[Claim]:
    return tenancy.strategy(desk)[1]


def _growth(desk: Desk) -> list[Claim]:
    partitioning, relations = desk.fact("partitioning"), desk.fact("relations")
    claims: list[Claim] = []
    if partitioning and relations:
        claims.append(say(f"{partitioning.says}; {relations.says}", partitioning, relations))
    return claims


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


def _runbook(desk: Desk) -> list[Claim]:
    """The stages as steps."""
    steps: list[Claim] = []
    for stage in dict.fromkeys(one.stage for one in desk.decisions.changes):
        changes = [one for one in desk.decisions.changes if one.stage is stage]
        numbers = changes_in_words(tuple(one.number for one in changes)).lower()
        records = [record for one in changes for record in one.records]
        steps.append(say(f"{stage.value[0].upper()}{stage.value[1:]}: {numbers}", *records))
    return steps


def _flags(desk: Desk) -> list[Claim]:
    """Which changes the code has to know of before they run."""
    visible = desk.found(
        "security/rls_disabled_exposed_table", "security/policy_without_rls", "security/owner_bypasses_rls"
    )
    retyped = desk.found("schema/money_as_float", "schema/type_", "sequences/int_primary_key")
    claims: list[Claim] = []
    if visible:
        names = joined(dict.fromkeys(str(record.object) for record in visible))
        claims.append(
            say(f"One flag each, in the code that reads {names}: rows vanish for sessions without a tenant", *visible)
        )
    if retyped:
        names = joined(str(record.object) for record in retyped)
        claims.append(say(f"Code that reads {names} must take both types while the change is under way", *retyped))
    return claims


def _tests(desk: Desk) -> list[Claim]:
    changes = desk.decisions.changes
    if not changes:
        return []
    records = [record for one in changes for record in one.records]
    return [
        say(
            "On a copy with production's rows: each file of changes, then its validation query, then its way back",
            *records,
        ),
        say(
            "As the application's role: one's own tenant, another tenant, no tenant, for every table whose "
            "policy changes",
            *records,
        ),
    ]


def _amounts(desk: Desk) -> list[Claim]:
    """How amounts are kept."""
    amounts = desk.fact("amounts")
    return say_if(amounts.says if amounts else "", amounts)


def _keyless_deliveries(desk: Desk) -> list[Claim]:
    """Tables of deliveries that no key keeps from storing one twice."""
    events = desk.fact("events")
    names = set(words(events.facts.get("tables"))) if events else set()
    keyless = [one for one in desk.found("constraints/missing_primary_key") if str(one.object) in names]
    numbers = desk.numbers(keyless)
    if not keyless:
        return []
    told = f"; {changes_in_words(numbers).lower()}" if numbers else ""
    return [say(f"{'; '.join(one.says for one in keyless)}{told}", *keyless)]


_ANALYSES: tuple[tuple[Topic, ...], ...] = (
    (schema.entities, schema.normalization, schema.integrity),
    (business.errors, business.states),
    (business.financial_integrity, business.payment_security),
    (tenancy.isolation, tenancy.injection),
    (performance.workload, performance.paging, performance.bottlenecks),
    (migration.altering, migration.zero_downtime),
    (business.webhooks, business.outages),
)
_PROVISIONS: tuple[tuple[tuple[Topic, ...], ...], ...] = (
    (
        (schema.types, _doing("constraints/", "schema/")),
        (_strategy,),
        (schema.business_keys, _doing("constraints/", "durability/")),
        (indexes.index_strategy,),
    ),
    (
        (business.rest,),
        (tenancy.links,),
        (business.invoices,),
        (_doing("config/timeouts_unset", "sequences/"),),
        (performance.caching,),
    ),
    (
        (business.invoices,),
        (_doing("constraints/disabled_trigger", "security/owner_bypasses_rls"), business.payment_security),
        (business.idempotency,),
        (business.audit_trail,),
        (_doing("schema/money_as_float", "schema/type_money", "money/"), _amounts),
    ),
    (
        (_doing("security/"),),
        (tenancy.authorization,),
        (tenancy.privacy,),
        (_tests, _doing("tenancy/")),
        (_doing("security/hba", "security/bypassrls_role", "security/login"),),
    ),
    (
        (_doing("indexes/unindexed_foreign_key", "queries/", "indexes/missing"), indexes.unjudged),
        (performance.served, performance.shapes, _doing("workload/")),
        (performance.caching,),
        (_growth, _doing("partitioning/", "retention/")),
        (_replicas,),
        (operations.monitoring, _doing("config/log", "config/slow")),
    ),
    (
        (_runbook,),
        (migration.proofs,),
        (migration.reversibility,),
        (_flags,),
        (_tests,),
    ),
    (
        (business.webhooks,),
        (business.idempotency, _keyless_deliveries),
        (business.outages,),
        (operations.connections,),
        (business.mail, business.outages),
    ),
)


# ---- the deliverables


def _summary(desk: Desk) -> tuple[Claim, ...]:
    """Three paragraphs: ready or not, what must be mended, what is sound."""
    decisions = desk.decisions
    levels = [f"{count_in_words(decisions.at(level))} {level.value}" for level in Level if decisions.at(level)]
    ids = tuple(identity for issue in decisions.issues for identity in issue.ids)
    ready = "is" if decisions.readiness.value >= PASS else "is not"
    claims = [
        decided(
            desk,
            f"The schema {ready} ready for production: {decisions.readiness.value:g} of 10, with "
            f"{joined(levels) or 'nothing open'}.",
            ids,
        )
    ]
    grave = decisions.at(Level.CRITICAL) or decisions.at(Level.HIGH)
    if grave:
        names = "; ".join(in_short(issue) for issue in grave[:5])
        claims.append(say(f"Before launch: {names}", *(record for issue in grave[:5] for record in issue.records)))
    return (*claims, *strengths(desk)[:1])


def strengths(desk: Desk) -> list[Claim]:
    """What is sound, by what was counted and by checks that found nothing."""
    keys, column, policies = desk.fact("keys"), desk.fact("tenant_column"), desk.fact("policies")
    parts: list[str] = []
    records = []
    if keys:
        parts.append(keys.says)
        records.append(keys)
    if column and column.facts.get("tables_with_it"):
        parts.append(
            f"{column.facts.get('first_in_an_index')} of {column.facts.get('tables_with_it')} tables of tenants "
            f"have {column.facts.get('column')} first in an index"
        )
        records.append(column)
    if policies and policies.facts.get("commonest_count"):
        parts.append(f"{policies.facts.get('commonest_count')} policies share one wording")
        records.append(policies)
    clean = desk.clean(
        "constraints/fk_cycle", "indexes/unindexed_foreign_key", "vacuum/xid_wraparound_database", "versions/major_eol"
    )
    if clean:
        parts.append(f"checked and clean: {joined(within(one.title) for one in clean)}")
        records += clean
    return [say(f"What holds: {'; '.join(parts)}", *records)] if parts else []


def _alternatives(desk: Desk) -> Part:
    lists = tuple(
        NamedList(
            f"{one.name}: {'switch' if one.recommendation == 'ADOPT' else 'keep proposed'}",
            (
                one.description,
                *one.differences,
                *one.advantages,
                *one.disadvantages,
                one.reasoning,
            ),
        )
        for one in alternatives(desk).alternatives
    )
    return Part(PANEL_DELIVERABLES[4], lists=lists)


def _verdict(desk: Desk) -> PanelVerdict:
    decisions = desk.decisions
    return PanelVerdict(
        score=decisions.readiness.value,
        score_reasoning=score_reasoning(desk),
        recommendation=PANEL_RECOMMENDATIONS[list(Classification).index(decisions.classification)],
        may_proceed=decisions.readiness.value >= PASS,
        timeline=(
            decided(
                desk,
                f"If approved with changes: +{plural(decisions.production_effort.weeks, 'week')} to implementation.",
                decisions.production_effort.cites,
            ),
            *timeline(desk),
        ),
    )


__all__ = ["Category", "panel", "strengths"]
