"""Sections 3, 12 and 13: the proposal's flaws, other ways, and what comes first."""

from __future__ import annotations

from collections import defaultdict

from pgaudit.review.backends.offline.assessment import decided
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, say_if, within
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.backends.offline.topics.migration import conflicts, judged
from pgaudit.review.backends.offline.topics.tenancy import has_tenants, holes
from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.effort import DAYS_A_WEEK, HOURS_A_DAY, effort_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.authority import Alternative, Alternatives, Flaw, Flaws, Priorities, Priority
from pgaudit.review.documents.parts import Claim
from pgaudit.review.documents.wording import FLAW_IMPACTS, NO_FLAWS
from pgaudit.review.evidence.records import Record
from probes.finding import Severity

_LOSS, _BREACH, _FAILURE, _CORRUPTION = FLAW_IMPACTS


def proposal_flaws(desk: Desk) -> Flaws:
    """Section 3. The fixed sentence stands only where the whole proposal was judged."""
    lacking = desk.lacks_proposal
    if not desk.proposal:
        return Flaws((), tuple(not_assessed("the proposal", [lacking]) if lacking else ()))
    grave = [record for record in judged(desk) if record.severity and record.severity.at_least(Severity.HIGH)]
    flaws = tuple(_flaw(record) for record in grave)
    summary = desk.proposal[0]
    meets = tuple(conflicts(desk))
    if flaws or summary.facts.get("incomplete"):
        unread = [say("Part of the proposal could not be judged, so nothing is approved", summary)]
        return Flaws(flaws, (*meets, *(unread if summary.facts.get("incomplete") else [])))
    return Flaws((), meets, NO_FLAWS, (summary.id,))


def _flaw(record: Record) -> Flaw:
    place = str(record.object) if record.object else record.title
    statement = " ".join(str(record.facts.get("statement") or "").split())
    shown = statement if len(statement) <= 200 else f"{statement[:199]}…"  # noqa: PLR2004 - a line or two
    scenario = f"{place} runs {shown}: {record.says}" if shown else f"{place}: {record.says}"
    rewrite = record.change.sql if record.change else ()
    fix = (
        "Run the safe sequence below in its place"
        if rewrite
        else record.advice or "Take the statement out and reword it"
    )
    return Flaw(say(record.title, record), _impact(record), say(scenario, record), say(fix, record), rewrite)


def _impact(record: Record) -> str:
    words = f"{record.topic} {record.says} {record.facts.get('check', '')}".lower()
    if any(word in words for word in ("drop", "truncate", "delete")):
        return _LOSS
    if any(word in words for word in ("security/", "tenancy/", "privacy/", "grant", "row level")):
        return _BREACH
    if any(word in words for word in ("constraints/", "schema/money", "sequences/", "type")):
        return _CORRUPTION
    return _FAILURE


# ---- alternatives


def alternatives(desk: Desk) -> Alternatives:
    """Section 12: a second database, and a schema for each tenant, weighed with what was counted."""
    found = [one for one in (_second_database(desk), _schema_per_tenant(desk)) if one]
    keys = desk.fact("keys")
    none = say_if("There is no table yet, so there is nothing against which another way could be weighed", keys)
    return Alternatives(tuple(found), () if found else tuple(none))


def _second_database(desk: Desk) -> Alternative | None:
    keys, relations = desk.fact("keys"), desk.fact("relations")
    if keys is None or relations is None or keys.facts.get("tables") == 0:
        return None
    foreign = number(keys.facts.get("foreign_keys"))
    column = desk.fact("tenant_column")
    shared = column is None or bool(column.facts.get("tables_with_it"))
    found = holes(desk) if shared else []
    gained = [say("A fault in the public part's queries cannot reach private tables through SQL", keys)]
    holes_claim = (
        [say(f"{plural(len(found), 'finding')} against today's isolation would still have to be closed", *found)]
        if found
        else []
    )
    return Alternative(
        name="A separate database for the public part",
        description=say(
            "Public listings, orders and messages move into a database of their own; rows of tenants are referred to "
            "by id and copied by events"
            if shared
            else "What the public reads moves into a database of its own; the rows that stay are referred to by id and "
            "copied by events",
            relations,
        ),
        differences=(
            say("No foreign key and no transaction spans the two; ids are checked by jobs", keys),
            say("Two backups that must be restored to one point in time, two sets of migrations, two pools", relations),
        ),
        advantages=tuple(gained),
        disadvantages=(
            say(
                f"What {plural(foreign, 'foreign key')} and one transaction guarantee today becomes code, retries and "
                "reconciliation",
                keys,
            ),
            *holes_claim,
        ),
        complexity="HIGH",
        recommendation="REJECT",
        reasoning=say(
            "Money and stock have to change together with the rows of the tenant that owns them: one transaction does "
            "that, and nothing that was counted here asks for a second server"
            if shared
            else "Rows that refer to one another change together in one transaction here, and nothing that was counted "
            "asks for a second server",
            keys,
            relations,
        ),
    )


def _schema_per_tenant(desk: Desk) -> Alternative | None:
    column, relations = desk.fact("tenant_column"), desk.fact("relations")
    if column is None or relations is None or not number(column.facts.get("tables_with_it")):
        return None
    tables = number(column.facts.get("tables_with_it"))
    share = tables / max(number(relations.facts.get("tables")), tables)
    indexes = round(number(relations.facts.get("indexes")) * share)
    return Alternative(
        name="A schema for each tenant",
        description=say(
            f"The {tables:g} tables with {column.facts.get('column')} exist once in each tenant's schema", column
        ),
        differences=(say("Isolation by grants on schemas and search_path instead of policies", column),),
        advantages=(
            say("A forgotten WHERE reaches no other tenant; one tenant can be dumped and restored alone", column),
        ),
        disadvantages=(
            say(
                f"At 1,000 tenants {tables * 1000:,.0f} tables and, with today's share of the indexes, about "
                f"{indexes * 1000:,.0f} indexes: every migration runs 1,000 times, and each connection caches the "
                "catalog of every tenant it served",
                column,
                relations,
            ),
        ),
        complexity="HIGH",
        recommendation="REJECT",
        reasoning=say(
            "The tenant column is there already; completing row level security costs hours, moving to schemas costs "
            "months and makes every later migration slower",
            column,
        ),
    )


# ---- priorities

_STAGE_TESTS = {
    Stage.RECOVERABLE: "restart a copy with the same files; restore last night's backup into an empty server",
    Stage.UNBLOCK: "watch pg_locks for waiters while the first ALTER runs",
    Stage.EXHAUSTION: "insert a row as the application after each change; read back its key",
    Stage.INTEGRITY: "the validation queries that count orphans; insert a row that breaks each rule and see it refused",
    Stage.ACCESS: "as the application's role: rows of one's own tenant are seen, another tenant's are not, none "
    "without a tenant",
    Stage.KEYS: "validate on a copy with production's rows first: rows that break the rule show there",
    Stage.INDEXES: "EXPLAIN (ANALYZE, BUFFERS) of the heaviest statements before and after",
    Stage.SHAPE: "the application's tests against a copy with the new types",
    Stage.UPKEEP: "compare the settings' values and pg_stat_activity a day later",
}
_ACCESS_TEST = "as each role that was touched: what it needs still works, and what was closed to it is refused"
_NEEDS: dict[Stage, tuple[Stage, ...]] = {
    Stage.UNBLOCK: (),
    Stage.RECOVERABLE: (Stage.UNBLOCK,),
    Stage.EXHAUSTION: (Stage.UNBLOCK, Stage.RECOVERABLE),
    Stage.INTEGRITY: (Stage.UNBLOCK, Stage.RECOVERABLE),
    Stage.ACCESS: (Stage.UNBLOCK,),
    Stage.KEYS: (Stage.EXHAUSTION, Stage.INTEGRITY),
    Stage.INDEXES: (Stage.UNBLOCK, Stage.KEYS),
    Stage.SHAPE: (Stage.RECOVERABLE, Stage.KEYS),
    Stage.UPKEEP: (),
}
"""Locks queue behind open transactions; rewrites want a backup; keys want whole rows; indexes the final columns."""
_BACKS = {
    Stage.RECOVERABLE: "keep the old files; every setting is reset with ALTER SYSTEM RESET",
    Stage.UNBLOCK: "none needed: the session's work is rolled back by the server",
    Stage.EXHAUSTION: "none needed: a wider column holds every old value",
    Stage.INTEGRITY: "none is wanted: rows that break a rule are mended, and the rule stays on",
    Stage.ACCESS: "one statement each, listed with each change",
    Stage.KEYS: "drop the constraint; rows are not touched",
    Stage.INDEXES: "drop what was built, build what was dropped: both concurrently",
    Stage.SHAPE: "a copy of the column or table, kept until the release is confirmed",
    Stage.UPKEEP: "reset the parameter",
}


def test_of(desk: Desk, stage: Stage) -> str:
    """What to try once a stage is done."""
    return _ACCESS_TEST if stage is Stage.ACCESS and not has_tenants(desk) else _STAGE_TESTS[stage]


def priorities(desk: Desk) -> Priorities:
    """Section 13: the stages of critical and high issues, in their order."""
    stages: defaultdict[Stage, list[Issue]] = defaultdict(list)
    for issue in desk.decisions.issues:
        if issue.level in {Level.CRITICAL, Level.HIGH}:
            stages[issue.stage].append(issue)
    ordered = sorted(stages, key=lambda one: (one is not Stage.UNBLOCK, _worst(stages[one]), one.rank))
    found: list[Priority] = []
    for stage in ordered:
        before = ordered[: ordered.index(stage)]
        found.append(_priority(desk, stage, stages[stage], before))
    return Priorities(tuple(found))


def _worst(issues: list[Issue]) -> int:
    return min(issue.level.rank for issue in issues)


def _priority(desk: Desk, stage: Stage, issues: list[Issue], before: list[Stage]) -> Priority:
    effort = effort_of(issues, list(Level))
    ids = effort.cites
    worst = issues[0]
    records = [record for issue in issues for record in issue.records]
    numbers = desk.numbers(records)
    alone = [within(issue.title) for issue in issues if not desk.numbers(issue.records)]
    told = [changes_in_words(numbers)] if numbers else []
    if alone:
        told.append(f"{'by' if numbers else 'By'} hand: {joined(alone)}")
    work = f" {'; '.join(told)}."
    gravest = ", the gravest" if len(issues) > 1 else ""
    reason = f"{plural(len(issues), 'issue')}{gravest}: {worst.records[0].says}.{work}"
    needed = [number for number, one in enumerate(before, start=1) if one in _NEEDS[stage]]
    depends = f"after {joined(map(str, needed))}" if needed else "nothing"

    def said(text: str) -> Claim:
        return decided(desk, text, ids)

    return Priority(
        component=stage.value[0].upper() + stage.value[1:],
        reason=said(reason),
        weeks=round(effort.hours / (HOURS_A_DAY * DAYS_A_WEEK), 1),
        dependencies=said(depends),
        testing=said(test_of(desk, stage)),
        rollback=said(_BACKS[stage]),
    )
