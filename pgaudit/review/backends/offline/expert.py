"""The expert's answer and the diagnosis, written by rules."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.review.backends.offline.action_plan import critical_changes
from pgaudit.review.backends.offline.actions import actions, distinct
from pgaudit.review.backends.offline.assessment import anchors, decided, score_reasoning
from pgaudit.review.backends.offline.checklist import Judged
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, say_if, within, words
from pgaudit.review.backends.offline.entries import (
    change_entries,
    changes_in_words,
    count_in_words,
    entries,
    lock_in_words,
)
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
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.others import Diagnosis, ExpertAnswer, Met, Recommended, RedFlag
from pgaudit.review.documents.parts import Basis, Cell, Claim, Part, Row, Section, Table
from pgaudit.review.documents.wording import EXPERT_SECTIONS, RED_FLAGS
from pgaudit.review.evidence.pages import first_sentences
from pgaudit.review.evidence.records import LockEstimate

_MOST = 12


def expert_answer(desk: Desk) -> ExpertAnswer:
    """Five sections."""
    analysis, design, speed, security, moving = EXPERT_SECTIONS
    return ExpertAnswer(
        (
            Section(analysis, _analysis_parts(desk)),
            Section(
                design,
                (
                    Part("Keys and relationships", distinct(schema.normalization(desk), schema.integrity(desk))),
                    Part("Types", tuple(schema.types(desk))),
                    Part(
                        "What to change", distinct(actions(desk, "constraints/", "schema/", "sequences/", most=_MOST))
                    ),
                ),
            ),
            Section(
                speed,
                (
                    Part(
                        "Queries",
                        distinct(performance.workload(desk), performance.paging(desk)),
                        table=performance.top_queries(desk),
                    ),
                    Part("Indexes", distinct(indexes.index_strategy(desk))),
                    Part(
                        "Connections and resources", distinct(operations.connections(desk), operations.resources(desk))
                    ),
                ),
            ),
            Section(
                security,
                (
                    Part("Tenant isolation", tuple(tenancy.isolation(desk))),
                    Part("Access and functions", distinct(tenancy.authorization(desk), tenancy.injection(desk))),
                    Part("Data protection", distinct(tenancy.privacy(desk), business.audit_trail(desk))),
                ),
            ),
            Section(moving, _moving_parts(desk)),
        ),
        change_entries(desk),
    )


def _analysis_parts(desk: Desk) -> tuple[Part, ...]:
    server, relations = desk.fact("server"), desk.fact("relations")
    head = [
        *say_if(server.says if server else "", server),
        *say_if(relations.says if relations else "", relations),
        *schema.entities(desk),
    ]
    ids = tuple(identity for issue in desk.decisions.issues for identity in issue.ids)
    counts = [
        f"{count_in_words(desk.decisions.at(level))} {level.value}" for level in Level if desk.decisions.at(level)
    ]
    state = decided(desk, f"Open: {joined(counts) or 'nothing'}.", ids)
    return (
        Part("What is there", tuple(head), table=performance.growth(desk)),
        Part("How it stands", (state, *score_reasoning(desk)[:1])),
    )


def _moving_parts(desk: Desk) -> tuple[Part, ...]:
    proposed = [*migration.altering(desk), *migration.creating(desk)] if desk.proposal else migration.altering(desk)
    return (
        Part("Pending migrations", distinct(proposed)),
        Part(
            "Order and locks",
            distinct(migration.zero_downtime(desk)),
            table=migration.lock_table(desk, _noticed(desk)),
        ),
        Part("Way back and backups", distinct(migration.reversibility(desk), operations.backups(desk))),
    )


def _noticed(desk: Desk) -> list[PlannedChange]:
    """Changes whose locks somebody may notice: the critical ones, and those that rewrite a table."""
    critical = {one.number for one in critical_changes(desk)}
    return [
        one
        for one in desk.decisions.changes
        if one.number in critical or any(lock.work == "rewrite" for lock in one.change.locks)
    ]


# ---- diagnosis


def diagnosis(desk: Desk) -> Diagnosis:
    """Analysis, issues, recommendations, steps, testing, red flags."""
    grave = [issue for issue in desk.decisions.issues if issue.level is not Level.LOW]
    return Diagnosis(
        analysis=_analysis(desk),
        issues=entries(desk, desk.decisions.issues),
        recommendations=tuple(_recommendations(desk, grave)),
        steps=_steps(desk),
        testing=_testing(desk),
        queries=_queries(desk),
        red_flags=tuple(RedFlag(name, *judge(desk)) for name, judge in zip(RED_FLAGS, _FLAGS, strict=True)),
        changes=change_entries(desk),
    )


def _analysis(desk: Desk) -> tuple[Claim, ...]:
    server, relations = desk.fact("server"), desk.fact("relations")
    ids = tuple(identity for issue in desk.decisions.issues for identity in issue.ids)
    counts = [
        f"{count_in_words(desk.decisions.at(level))} {level.value}" for level in Level if desk.decisions.at(level)
    ]
    return distinct(
        say_if(server.says if server else "", server),
        say_if(relations.says if relations else "", relations),
        [decided(desk, f"Open: {joined(counts) or 'nothing'}.", ids)],
        performance.workload(desk),
    )


def _recommendations(desk: Desk, issues: list[Issue]) -> Iterator[Recommended]:
    """What to do about the gravest, in the order in which it is done; each change is shown once."""
    first = [issue for issue in issues if issue.stage is Stage.UNBLOCK and issue.level is not Level.MEDIUM]
    shown: set[int] = set()
    for issue in [*first, *(one for one in issues if one not in first)][:_MOST]:
        numbers = desk.numbers(issue.records)
        yield _recommended(desk, issue, tuple(one for one in numbers if one not in shown))
        shown.update(numbers)


def _recommended(desk: Desk, issue: Issue, numbers: tuple[int, ...]) -> Recommended:
    head = issue.records[0]
    everything = desk.numbers(issue.records)
    text = head.advice if not everything else f"{changes_in_words(everything)}, above" if not numbers else None
    advice = say(text, *issue.records) if text else None
    why = say(first_sentences(head.why or head.says, 300), *issue.records)
    return Recommended(issue.title, numbers, advice, why, _expected(issue), _costs(issue))


def _expected(issue: Issue) -> Claim:
    """What gets better. Times are never promised: nothing was run on this data."""
    effect = next((told for prefixes, told in _EFFECTS if issue.check.startswith(prefixes)), None)
    sizes = [
        number(record.facts.get("table_bytes")) or number(record.facts.get("index_bytes")) for record in issue.records
    ]
    places = "" if len(issue.records) == 1 else f" in {len(issue.records)} places"
    if issue.check.startswith(("indexes/", "workload/", "queries/")):
        size = f", {sum(sizes) / 1_048_576:,.1f} MB concerned" if sum(sizes) else ""
        return say(f"The finding is gone{places}{size}; gain in time not measured", *issue.records)
    return say(f"{effect or 'The finding is gone'}{',' if places else ''}{places}", *issue.records)


_EFFECTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("config/fsync", "config/full_page"), "A crash of the machine loses nothing that was committed"),
    (("sessions/",), "Locks are released, and VACUUM cleans up again"),
    (("config/file_errors",), "The files can be read again, at a reload and at the next start"),
    (("durability/archiv",), "A restore reaches a moment shortly before the loss"),
    (("vacuum/",), "Dead rows are removed and statistics renewed"),
    (("sequences/behind",), "Inserts no longer collide with rows that are there"),
    (("sequences/",), "Inserts go on: the column no longer ends within reach"),
    (("constraints/disabled_trigger", "constraints/not_enforced"), "Writes that break the rule are refused again"),
    (("constraints/not_valid", "constraints/not_null_not"), "Old rows are proved to keep the rule"),
    (("constraints/missing_primary",), "Each row can be told apart, replicated and mended"),
    (
        ("security/rls", "security/policy", "security/owner", "security/view", "tenancy/"),
        "Sessions see their tenant alone",
    ),
    (("security/definer", "security/function", "security/security_definer"), "Callers can no longer borrow its rights"),
    (("security/hba", "security/login"), "Nobody gets in without proof, nor reads along"),
    (("security/",), "The privilege is gone for those who do not need it"),
    (("storage/unlogged",), "Rows survive a crash and reach replicas and backups"),
    (("partitioning/",), "New rows find a partition of their own"),
    (("durability/collation",), "Lookups find every row again"),
    (("schema/money",), "Sums are exact to the last digit"),
)


def _costs(issue: Issue) -> Claim:
    """What it costs: locks, and when the state is meant."""
    locks = [lock for record in issue.records if record.change for lock in record.change.locks]
    parts: list[str] = []
    if locks:
        worst = "" if len(locks) == 1 else ", the strongest of its locks"
        parts.append(f"It takes {lock_in_words(_strongest(locks))}{worst}.")
    elif any(record.change for record in issue.records):
        parts.append("It takes no lock on a table.")
    harmless = issue.records[0].harmless
    if harmless:
        told = first_sentences(harmless, 220)
        parts.append(
            "There is no case where it is harmless." if told.startswith("Never") else f"Harmless where: {told}"
        )
    return say(" ".join(parts) or "It costs the time of those who decide", *issue.records)


def _strongest(locks: list[LockEstimate]) -> LockEstimate:
    return max(locks, key=lambda one: (one.mode == "ACCESS EXCLUSIVE", one.held_seconds))


def _steps(desk: Desk) -> tuple[Claim, ...]:
    """By level and stage, what holds locks first; a change is named at the first step that needs it."""
    wanted = [issue for level in (Level.CRITICAL, Level.HIGH, Level.MEDIUM) for issue in desk.decisions.at(level)]
    groups: dict[tuple[Level, Stage], list[Issue]] = {}
    for issue in sorted(wanted, key=lambda one: not (one.stage is Stage.UNBLOCK and one.level is not Level.MEDIUM)):
        groups.setdefault((issue.level, issue.stage), []).append(issue)
    named: set[int] = set()
    steps: list[Claim] = []
    for (level, stage), members in groups.items():
        steps.append(_one_step(desk, level, stage, members, named))
    return tuple(steps)


def _one_step(desk: Desk, level: Level, stage: Stage, members: list[Issue], named: set[int]) -> Claim:
    records = [record for issue in members for record in issue.records]
    numbers = tuple(one for one in desk.numbers(records) if one not in named)
    named.update(numbers)
    alone = [within(issue.title) for issue in members if not desk.numbers(issue.records)]
    parts = [changes_in_words(numbers).lower()] if numbers else []
    if alone:
        parts.append(f"by hand: {joined(alone)}")
    return say(f"{level.value}, {stage.value}: {'; '.join(parts) or 'done by the steps before'}", *records)


def _testing(desk: Desk) -> tuple[Claim, ...]:
    records = [record for one in desk.decisions.changes for record in one.records]
    if not records:
        return ()
    return (
        say(
            "Scan again and compare: every finding that a change names is gone. What the changes bring along comes up "
            "then: an index that a new key makes redundant, a key enforced again that wants an index",
            *records,
        ),
        *migration.proofs(desk),
    )


def _queries(desk: Desk) -> tuple[Part, ...]:
    queries = validation_queries(desk, desk.decisions.changes)
    rows = tuple(
        Row((Cell(one.proves.text), Cell(one.sql, is_code=True), Cell(one.expects)), one.proves.cites)
        for one in queries
    )
    return (Part("Validation queries", table=Table(("Shows that", "Query", "Expected"), rows)),) if rows else ()


# ---- red flags


def _raised(text: str, *records: object) -> Judged:
    from pgaudit.review.evidence.records import Record  # noqa: PLC0415

    return Met.NOT_MET, say(text, *(one for one in records if isinstance(one, Record)))


def _open_question(desk: Desk, what: str, *names: InputName) -> Judged:
    claims = not_assessed(what, desk.lacking(*names))
    return Met.UNKNOWN, claims[0] if claims else say(
        f"Not assessed: {what}", *anchors(desk), basis=Basis.NOT_ASSESSABLE
    )


def _n_plus_one(desk: Desk) -> Judged:
    found = desk.found("queries/n_plus")
    if found:
        return _raised(found[0].says, *found)
    shaped = [claim for claim in performance.shapes(desk) if "N+1" in claim.text]
    if shaped:
        return Met.NOT_MET, shaped[0]
    if desk.queries():
        return Met.MET, say("None of the heaviest statements has the shape of one", *desk.queries())
    return _open_question(desk, "queries", InputName.ACCESS_PATTERNS)


def _unindexed(desk: Desk) -> Judged:
    found = desk.found("indexes/unindexed_foreign_key", "queries/missing", "queries/unserved", "indexes/missing")
    if found:
        return _raised(
            f"{plural(len(found), 'lookup')} without an index: {joined(indexes.columns_of(one) for one in found)}",
            *found,
        )
    clean = desk.clean("indexes/unindexed_foreign_key")
    return (Met.MET, say("Every foreign key has its index", *clean)) if clean else _open_question(desk, "indexes")


def _float_money(desk: Desk) -> Judged:
    found = desk.found("schema/money_as_float", "money/float")
    if found:
        return _raised("; ".join(one.says for one in found), *found)
    clean = desk.clean("schema/money_as_float")
    return (Met.MET, say("No amount of money is floating point", *clean)) if clean else _open_question(desk, "amounts")


def _no_timestamps(desk: Desk) -> Judged:
    times = desk.fact("timestamps")
    if times is None or times.facts.get("tables") == 0:
        return _open_question(desk, "timestamps")
    missing = number(times.facts.get("tables")) - number(times.facts.get("with_created"))
    return (Met.NOT_MET if missing else Met.MET), say(times.says, times)


def _no_keys(desk: Desk) -> Judged:
    keys = desk.fact("keys")
    off = [
        one
        for one in desk.found("constraints/disabled_trigger", "constraints/not_enforced")
        if "foreign key" in one.says.lower()
    ]
    if off:
        return _raised(f"Declared, but not checked: {'; '.join(one.says for one in off[:3])}", *off)
    missing = desk.found("constraints/missing_foreign")
    if missing:
        return _raised("; ".join(one.says for one in missing[:3]), *missing)
    if keys is None or keys.facts.get("tables") == 0:
        return _open_question(desk, "foreign keys")
    return (Met.MET if number(keys.facts.get("foreign_keys")) else Met.NOT_MET), say(keys.says, keys)


def _plain_secrets(desk: Desk) -> Judged:
    found = desk.found("security/sensitive_column")
    if found:
        return _raised("; ".join(one.says for one in found[:3]), *found)
    encryption, personal = desk.fact("encryption"), desk.fact("personal_data")
    if encryption is None or personal is None:
        return _open_question(desk, "encryption", InputName.COMPLIANCE)
    return Met.UNKNOWN, say(
        f"{personal.says}; {encryption.says}. Whether values are encrypted was not looked at: no row is ever read",
        personal,
        encryption,
    )


def _boundaries(desk: Desk) -> Judged:
    found = desk.found("sessions/idle_in_transaction")
    if found:
        return _raised(found[0].says, *found)
    return _open_question(desk, "boundaries of transactions, which are in the code", InputName.API)


def _stars(desk: Desk) -> Judged:
    claims = performance.paging(desk)
    found = desk.found("queries/select_star")
    if found:
        return _raised(found[0].says, *found)
    return (
        (Met.MET if ", 0 with every column" in claims[0].text else Met.NOT_MET, claims[0])
        if claims
        else _open_question(desk, "queries", InputName.ACCESS_PATTERNS)
    )


def _unpaged(desk: Desk) -> Judged:
    found = desk.found("queries/no_limit", "queries/offset")
    if found:
        return _raised(found[0].says, *found)
    wide = [claim for claim in performance.shapes(desk) if "without a LIMIT" in claim.text]
    if wide:
        return Met.NOT_MET, wide[0]
    claims = performance.paging(desk)
    return (Met.MET, claims[0]) if claims else _open_question(desk, "paging", InputName.ACCESS_PATTERNS)


def _aggregations(desk: Desk) -> Judged:
    heavy = [
        one
        for one in desk.queries()
        if number(one.facts.get("share_ratio")) >= 0.1  # noqa: PLR2004 - a tenth of all time
        and any(word in performance.query_text(one).lower() for word in ("count(", "sum(", "avg(", "group by"))
    ]
    if heavy:
        share = sum(number(one.facts.get("share_ratio")) for one in heavy)
        takes = "takes" if len(heavy) == 1 else "take"
        text = f"{plural(len(heavy), 'aggregating statement')} {takes} {share:.0%} of all execution time"
        served = performance.served(desk)
        return _raised(f"{text}; the indexes that they lack come first" if served else text, *heavy)
    if desk.queries():
        return Met.MET, say("None of the heaviest statements aggregates", *desk.queries())
    return _open_question(desk, "queries", InputName.ACCESS_PATTERNS)


_FLAGS = (
    _n_plus_one,
    _unindexed,
    _float_money,
    _no_timestamps,
    _no_keys,
    _plain_secrets,
    _boundaries,
    _stars,
    _unpaged,
    _aggregations,
)

__all__ = ["diagnosis", "expert_answer", "words"]
