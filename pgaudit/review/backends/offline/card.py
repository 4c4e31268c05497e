"""Position card, database plan and checklist, written by rules."""

from __future__ import annotations

import msgspec

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.actions import action, actions, distinct
from pgaudit.review.backends.offline.assessment import anchors, decided
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, say_if
from pgaudit.review.backends.offline.entries import change_entries, changes_in_words, is_harmless
from pgaudit.review.backends.offline.panel import strengths
from pgaudit.review.backends.offline.topics import indexes, migration, operations, schema
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.issues import Level
from pgaudit.review.documents.checking import cited
from pgaudit.review.documents.others import DatabasePlan, PlanStep, PositionCard
from pgaudit.review.documents.parts import Cell, Claim, Row, Table
from pgaudit.review.documents.wording import CARD_GRADES, CARD_ROLE
from pgaudit.review.evidence.records import RecordKind

_LOW, _MEDIUM, _HIGH = CARD_GRADES
_CLAIMS, _PLAN, _RISKS = 6, 8, 5
_NAMES = 6
_NOTICED_S, _FELT_S = 30, 2
_REFUSING = (Stage.INTEGRITY, Stage.ACCESS)


def position_card(desk: Desk) -> PositionCard:
    """The card of the one expert who read everything."""
    claims, plan, risks = _claims(desk), _plan(desk), _risks(desk)
    confidence, reason = _confidence(desk)
    cost, cost_reason = _cost(desk)
    reversibility, back = _reversibility(desk)
    everything = [*claims, *plan, *risks, reason, cost_reason, back]
    evidence = tuple(dict.fromkeys(identity for _, cites in cited(everything) for identity in cites))
    return PositionCard(
        role=CARD_ROLE,
        claims=claims,
        plan=plan,
        evidence=evidence,
        risks=risks,
        confidence=confidence,
        confidence_reason=reason,
        cost=cost,
        cost_reason=cost_reason,
        reversibility=reversibility,
        reversibility_reason=back,
    )


def _claims(desk: Desk) -> tuple[Claim, ...]:
    security, backups = desk.fact("row_security"), desk.fact("backups")
    first = [
        decided(
            desk,
            f"Production readiness is {desk.decisions.readiness.value:g} of 10: {desk.decisions.verdict.value}.",
            desk.decisions.readiness.cites,
        )
    ]
    return distinct(
        first,
        say_if(security.says if security else "", security),
        schema.integrity(desk),
        strengths(desk),
        say_if(backups.says if backups else "", backups),
        most=_CLAIMS,
    )


def _plan(desk: Desk) -> tuple[Claim, ...]:
    """The gravest issues, in the order in which they are mended."""
    grave = [issue for issue in desk.decisions.issues if issue.level in {Level.CRITICAL, Level.HIGH}]
    grave.sort(key=lambda one: one.stage is not Stage.UNBLOCK)
    told = [action(desk, issue) for issue in grave]
    if told and grave[0].stage is Stage.UNBLOCK and grave[0].level is not Level.CRITICAL:
        text = f"{told[0].text} It goes first: every other change would queue behind it."
        told[0] = msgspec.structs.replace(told[0], text=text)
    return distinct(told, most=_PLAN)


def _risks(desk: Desk) -> tuple[Claim, ...]:
    worst = sorted(desk.decisions.risks, key=lambda one: -one.level.rank)
    graded = [
        decided(desk, f"{one.dimension.value}, {one.level.value}: {one.driver or 'nothing found'}.", one.cites)
        for one in worst
        if one.level.rank
    ]
    return distinct(graded, most=_RISKS)


def _confidence(desk: Desk) -> tuple[float, Claim]:
    """The share of checks that could run over everything."""
    covered = [one for one in desk.pack.of(RecordKind.INVENTORY) if one.topic.startswith("coverage/")]
    checks = sum(number(one.facts.get("checks")) for one in covered)
    dark = sum(number(one.facts.get("not_verified")) for one in covered)
    if not checks:
        return 0.0, decided(desk, "No check ran.", tuple(one.id for one in anchors(desk)))
    share = round((checks - dark) / checks, 2)
    text = f"The share of checks that ran over everything: {checks - dark:g} of {checks:g}."
    return share, decided(desk, text, tuple(one.id for one in covered))


def _cost(desk: Desk) -> tuple[str, Claim]:
    effort = desk.decisions.production_effort
    grade = _LOW if effort.weeks < 1 else _MEDIUM if effort.weeks <= 4 else _HIGH  # noqa: PLR2004 - a month of one engineer
    return grade, decided(
        desk,
        f"{effort.hours:g} hours for critical and high issues, {plural(effort.weeks, 'week')} of one engineer.",
        effort.cites,
    )


def _reversibility(desk: Desk) -> tuple[str, Claim]:
    changes = desk.decisions.changes
    if not changes:
        return _HIGH, decided(desk, "No change is asked for.", ())
    back = sum(1 for one in changes if one.change.rollback)
    spared = sum(1 for one in changes if not one.change.rollback and is_harmless(one))
    share = (back + spared) / len(changes)
    grade = _HIGH if share >= 0.8 else _MEDIUM if share >= 0.3 else _LOW  # noqa: PLR2004 - four fifths, a third
    ids = tuple(identity for one in changes for identity in one.ids)
    need = f", {spared} need no way back" if spared else ""
    text = f"{back} of {plural(len(changes), 'change')} can be taken back by a statement{need}."
    return grade, decided(desk, text, ids)


# ---- database plan


def plan(desk: Desk) -> DatabasePlan:
    """Schema, indexes, migration, transactions, operation."""
    said: set[str] = set()
    return DatabasePlan(
        tables=_tables(desk),
        schema_design=distinct(
            schema.entities(desk),
            schema.normalization(desk),
            schema.business_keys(desk),
            actions(desk, "constraints/", "schema/"),
        ),
        primary_indexes=_primary(desk),
        secondary_indexes=_built(desk, composite=False),
        composite_indexes=_built(desk, composite=True),
        steps=_steps(desk),
        migration_claims=distinct(_what_risk_means(desk), migration.zero_downtime(desk), migration.proofs(desk)),
        isolation_levels=tuple(operations.transactions(desk)),
        locking=distinct(operations.connections(desk), said=said),
        backups=distinct(operations.backups(desk)),
        recovery=distinct(operations.backup_requirements(desk), migration.reversibility(desk)),
        monitoring=distinct(operations.monitoring(desk), operations.resources(desk), said=said),
        changes=change_entries(desk),
    )


def _tables(desk: Desk) -> Table:
    rows = [
        Row(
            (
                Cell(one.title),
                Cell(f"{number(one.facts.get('columns')):g}"),
                Cell(f"{number(one.facts.get('estimated_rows')):,.0f}"),
                Cell(bytes_in_words(number(one.facts.get("table_bytes")))),
                Cell(f"{number(one.facts.get('indexes')):g}"),
            ),
            (one.id,),
        )
        for one in desk.facts("table")
    ]
    return Table(("Largest tables", "Columns", "Rows", "Heap", "Indexes"), tuple(rows))


def _primary(desk: Desk) -> tuple[Claim, ...]:
    kinds = desk.fact("identifiers")
    return distinct(say_if(kinds.says if kinds else "", kinds), actions(desk, "constraints/missing_primary_key"))


def _built(desk: Desk, *, composite: bool) -> tuple[Claim, ...]:
    claims = [
        say(f"Change {one.number}: {one.change.sql[0]}", *one.records)
        for one in indexes.builds(desk)
        if (", " in one.change.sql[0]) is composite
    ]
    return tuple(claims if composite else [*claims, *_dropped(desk), *_unbuilt(desk)])


def _unbuilt(desk: Desk) -> list[Claim]:
    """Lookups without an index that no change builds one for, because their tables are small."""
    left = [one for one in indexes.missing(desk) if not desk.numbers([one])]
    if not left:
        return []
    names = [indexes.columns_of(one) for one in left]
    shown = joined([*names[:_NAMES], *([f"{len(names) - _NAMES} more"] if len(names) > _NAMES else [])])
    return [
        say(f"Without an index of their own, and not worth one while the tables are as small as now: {shown}", *left)
    ]


def _dropped(desk: Desk) -> list[Claim]:
    """Which indexes go: those that another does the work of, and those whose build failed."""
    failed = [one for one in indexes.drops(desk) if one.issue == "indexes/invalid"]
    needless = [one for one in indexes.drops(desk) if one not in failed]
    claims: list[Claim] = []
    for changes, why in (
        (needless, "Dropped, because other indexes do their work or nothing uses them"),
        (failed, "Dropped, because their build failed, and built again where they are wanted"),
    ):
        if changes:
            numbers = changes_in_words(tuple(one.number for one in changes)).lower()
            claims.append(say(f"{why}: {numbers}", *(record for one in changes for record in one.records)))
    return claims


def _steps(desk: Desk) -> tuple[PlanStep, ...]:
    """One step for each stage of each level, in the order of the work."""
    groups: dict[tuple[Level, Stage], list[PlannedChange]] = {}
    for one in desk.decisions.changes:
        groups.setdefault((one.level, one.stage), []).append(one)
    return tuple(
        _step(number, level, stage, members) for number, ((level, stage), members) in enumerate(groups.items(), 1)
    )


def _step(number_of: int, level: Level, stage: Stage, members: list[PlannedChange]) -> PlanStep:
    records = [record for one in members for record in one.records]
    back = sum(1 for one in members if one.change.rollback or is_harmless(one)) / len(members)
    return PlanStep(
        number=number_of,
        does=say(
            f"{level.value}: {stage.value} ({changes_in_words(tuple(one.number for one in members)).lower()})", *records
        ),
        changes=tuple(one.number for one in members),
        reversibility=_HIGH if back == 1 else _MEDIUM if back else _LOW,
        risk=_risk(stage, members),
    )


def _risk(stage: Stage, members: list[PlannedChange]) -> str:
    """By what the step does to those who work meanwhile, and to code that counted on what it ends."""
    longest = max((lock.held_seconds for one in members for lock in one.change.locks), default=0.0)
    if longest > _NOTICED_S:
        return _HIGH
    rewrites = any(lock.work == "rewrite" for one in members for lock in one.change.locks)
    return _MEDIUM if rewrites or longest > _FELT_S or stage in _REFUSING else _LOW


def _what_risk_means(desk: Desk) -> list[Claim]:
    refusing = [one for one in desk.decisions.changes if one.stage in _REFUSING]
    if not refusing:
        return []
    stages = joined(stage.value for stage in Stage if any(one.stage is stage for one in refusing))
    text = (
        f"Risk is High where a lock is held more than {_NOTICED_S} s by estimate, Medium where a table is rewritten, "
        f"a lock is held more than {_FELT_S} s or code that works today may see fewer rows or have writes refused "
        f"({stages}): run the application's tests after such a step"
    )
    return [say(text, *(record for one in refusing for record in one.records))]
