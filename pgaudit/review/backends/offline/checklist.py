"""The evidence checklist: each point met, not met or unknown, with the records that say so."""

from __future__ import annotations

from collections.abc import Callable

from pgaudit.review.backends.offline.assessment import anchors
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.backends.offline.topics import migration, performance, tenancy
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.serving import NOTICED_SHARE, lookup_of, share_of
from pgaudit.review.documents.others import Checklist, Met, Pitfall, Point
from pgaudit.review.documents.parts import Basis, Claim
from pgaudit.review.documents.wording import CHECKLIST, PITFALLS, SUCCESS_CRITERIA
from pgaudit.review.evidence.records import Record

Judged = tuple[Met, Claim]
_TARGET_MS = 200.0
_TOP = 5
_FEW = 3


def checklist(desk: Desk) -> Checklist:
    """Seven points, five pitfalls, five criteria."""
    points = (_keys, _uniques, _top_queries, _rollback, _pooling, _backups, _tenants)
    pitfalls = (_composite, _boundaries, _growth, _way_back, _serial)
    criteria = (_latency, _reversible, _constraints, _guaranteed, _restores)
    return Checklist(
        points=tuple(_point(desk, text, judge) for text, judge in zip(CHECKLIST, points, strict=True)),
        pitfalls=tuple(
            Pitfall(*text, found=judged[0], here=judged[1])
            for text, judged in ((text, judge(desk)) for text, judge in zip(PITFALLS, pitfalls, strict=True))
        ),
        criteria=tuple(_point(desk, text, judge) for text, judge in zip(SUCCESS_CRITERIA, criteria, strict=True)),
    )


def _point(desk: Desk, text: str, judge: Callable[[Desk], Judged]) -> Point:
    met, reason = judge(desk)
    return Point(text, met, reason)


def unknown(desk: Desk, what: str, *names: InputName) -> Judged:
    """Unknown, with the inputs that would tell."""
    claims = not_assessed(what, desk.lacking(*names))
    return Met.UNKNOWN, claims[0] if claims else say(
        f"Not assessed: {what}", *anchors(desk), basis=Basis.NOT_ASSESSABLE
    )


def not_met(text: str, *records: Record) -> Judged:
    """That a point does not hold, or a flag is raised."""
    return Met.NOT_MET, say(text, *records)


# ---- the checklist


def _keys(desk: Desk) -> Judged:
    keys = desk.fact("keys")
    if keys is None:
        return unknown(desk, "keys")
    if nothing := _no_table(keys):
        return nothing
    missing = desk.found("constraints/missing_primary_key")
    if missing:
        names = joined(str(one.object) for one in missing)
        return not_met(f"{keys.says}. Without a primary key: {names}", keys, *missing)
    untied = desk.found("constraints/missing_foreign_key")
    if untied:
        return not_met(f"{keys.says}. {untied[0].says}{_and_more(untied)}", keys, *untied)
    if not number(keys.facts.get("foreign_keys")) and number(keys.facts.get("tables")) > 1:
        return not_met(f"{keys.says}: nothing ties one table to another", keys)
    return Met.MET, say(keys.says, keys)


def _no_table(keys: Record) -> Judged | None:
    """That there is nothing yet to judge; None where there is."""
    if keys.facts.get("tables") != 0:
        return None
    return Met.UNKNOWN, say("Not assessed: there is no table yet", keys, basis=Basis.NOT_ASSESSABLE)


def _and_more(records: list[Record]) -> str:
    return f", and {len(records) - 1} more" if len(records) > 1 else ""


def _uniques(desk: Desk) -> Judged:
    bad = desk.found(
        "tenancy/unique_without_tenant", "money/idempotency", "money/external", "indexes/unique_with_nullable"
    )
    if bad:
        more = f", and {len(bad) - _FEW} more" if len(bad) > _FEW else ""
        return not_met("; ".join(one.says for one in bad[:_FEW]) + more, *bad)
    events, keys = desk.fact("events"), desk.fact("keys")
    bare = words(events.facts.get("without_idempotency_key")) if events else ()
    if events and bare:
        return not_met(f"No unique key stops a delivery that comes twice in {joined(bare)}", events)
    if keys is None:
        return unknown(desk, "unique constraints")
    if nothing := _no_table(keys):
        return nothing
    count = number(keys.facts.get("unique_constraints"))
    declared = f"{plural(count, 'unique constraint')} {'is' if count == 1 else 'are'}" if count else "None is"
    text = f"{declared} declared beside the primary keys; which rules of the business need one only people know"
    needs = not_assessed("", desk.lacking(InputName.DATA_MODEL))
    tail = f". {needs[0].text.partition('. ')[2]}" if needs else ""
    return Met.UNKNOWN, say(text + tail, keys, *desk.lacking(InputName.DATA_MODEL))


def _top_queries(desk: Desk) -> Judged:
    queries = desk.queries()[:_TOP]
    if not queries:
        return _unrecorded(desk, "the heaviest queries")
    slow = desk.found("workload/slow_queries", "queries/")
    shaped = performance.shapes(desk)
    if slow:
        served = _unserved(desk)
        if served:
            return served
        return not_met("; ".join(one.says for one in slow[:2]), *slow)
    if shaped:
        return Met.NOT_MET, shaped[0]
    return Met.MET, say(f"None of the {len(queries)} heaviest statements reads much more than it returns", *queries)


def _unrecorded(desk: Desk, what: str) -> Judged:
    """Unknown, because the server keeps no statements."""
    skips = [one for one in desk.skipped("workload/", "queries/") if "pg_stat_statements" in one.says]
    if not skips:
        return unknown(desk, what, InputName.ACCESS_PATTERNS)
    text = f"Not assessed: {what}. Needed: pg_stat_statements in this database, or access_patterns in the context file"
    return Met.UNKNOWN, say(text, *skips, basis=Basis.NOT_ASSESSABLE)


def _unserved(desk: Desk) -> Judged | None:
    """Heavy statements that look rows up without an index, with the statement that builds it."""
    told: list[str] = []
    records: list[Record] = []
    for query in desk.queries()[:_TOP]:
        for one in desk.decisions.changes:
            way = lookup_of(one.change, query) if share_of(query) >= NOTICED_SHARE else None
            if way:
                told.append(
                    f"{share_of(query):.0%} of all execution time goes into a statement that looks {way[0]} up by "
                    f"{way[1]} without an index for it (change {one.number})"
                )
                records += [query, *one.records]
    return not_met("; ".join(told), *records) if told else None


def _rollback(desk: Desk) -> Judged:
    claims = migration.way_back(desk)
    if not claims:
        return Met.UNKNOWN, say("No change is asked for, and no proposal was given", *anchors(desk))
    return (Met.NOT_MET if migration.irreversible(desk) else Met.MET), claims[0]


def _pooling(desk: Desk) -> Judged:
    stated = desk.given(InputName.POOLING)
    if stated:
        return Met.MET, say(stated.says, stated)
    return unknown(desk, "the pooler", InputName.POOLING)


def _backups(desk: Desk) -> Judged:
    off = desk.found("durability/archiving_off", "config/fsync_off")
    if off:
        return not_met("; ".join(one.says for one in off), *off)
    stated = desk.given(InputName.RESTORE_TEST)
    if stated:
        return Met.MET, say(stated.says, stated)
    return unknown(desk, "backups and restores", InputName.RPO, InputName.RTO, InputName.RESTORE_TEST)


def _tenants(desk: Desk) -> Judged:
    holds = tenancy.isolation_holds(desk)
    security, column = desk.fact("row_security"), desk.fact("tenant_column")
    holes = tenancy.holes(desk)
    if holds is None or security is None or column is None:
        return unknown(desk, "the tenancy model", InputName.TENANCY_MODEL)
    if holds:
        return Met.MET, say(security.says, security, column)
    ways = f"{plural(len(holes), 'finding')} {'shows' if len(holes) == 1 else 'show'} a way around it"
    return not_met(f"{security.says}; {ways}" if holes else security.says, security, *holes)


def _guaranteed(desk: Desk) -> Judged:
    met, reason = _tenants(desk)
    holes = tenancy.holes(desk)
    if met is not Met.NOT_MET or not holes:
        return met, reason
    numbers = desk.numbers(holes)
    close = "closes" if len(numbers) == 1 else "close"
    closed = f". {changes_in_words(numbers)} {close} what SQL can close" if numbers else ""
    return not_met(f"The gravest way around: {holes[0].says}{closed}", *holes)


# ---- pitfalls


def _composite(desk: Desk) -> Judged:
    missing = [
        one
        for one in desk.found("indexes/unindexed_foreign_key", "queries/missing", "queries/unserved")
        if one.object and len(one.object.columns) > 1
    ]
    if missing:
        names = joined(f"{one.object.table} ({', '.join(one.object.columns)})" for one in missing if one.object)
        numbers = desk.numbers(missing)
        return not_met(f"{names}; {changes_in_words(numbers).lower()}" if numbers else names, *missing)
    clean, keys = desk.clean("indexes/unindexed_foreign_key"), desk.fact("keys")
    if keys and (nothing := _no_table(keys)):
        return nothing
    if not desk.queries():
        return _unrecorded(desk, "which columns queries filter by together")
    if clean:
        text = "Every foreign key has its index, and none of the heaviest statements asks for another"
        return Met.MET, say(text, *clean, *desk.queries())
    return unknown(desk, "indexes", InputName.ACCESS_PATTERNS)


def _boundaries(desk: Desk) -> Judged:
    return unknown(desk, "which writes belong together: that is in the code, not in the database", InputName.API)


def _growth(desk: Desk) -> Judged:
    found = desk.found("retention/")
    if found:
        return not_met("; ".join(one.says for one in found[:_FEW]), *found)
    keys, partitioning = desk.fact("keys"), desk.fact("partitioning")
    if keys and (nothing := _no_table(keys)):
        return nothing
    if partitioning is None:
        return unknown(desk, "growth", InputName.SCALE_TARGETS)
    large = words(partitioning.facts.get("large_in_one_piece"))
    if large:
        return not_met(f"In one piece, and large: {joined(large)}", partitioning)
    trail, clean = desk.fact("audit_trail"), desk.clean("retention/append_only_without_retention")
    logs = words(trail.facts.get("history_tables")) if trail else ()
    named = f"{joined(logs)} {'keeps' if len(logs) == 1 else 'keep'} history" if logs else "No table is named a log"
    records = [one for one in (trail, partitioning) if one]
    if clean:
        return Met.MET, say(f"{named}; no table only grows without partitions or a job that deletes", *records, *clean)
    skips = desk.skipped("retention/")
    why = f": {skips[0].says.removeprefix('not verified: ')}" if skips else ""
    return Met.UNKNOWN, say(f"{named}; whether it grows without end was not verified{why}", *records, *skips)


def _way_back(desk: Desk) -> Judged:
    hard = migration.irreversible(desk)
    if hard:
        numbers = changes_in_words(tuple(one.number for one in hard))
        text = f"No statement takes back {numbers.lower()} of this review: what to keep first stands with each"
        return not_met(text, *(record for one in hard for record in one.records))
    return _own_migrations(desk)


def _own_migrations(desk: Desk) -> Judged:
    """The project's own migrations: judged where they were given."""
    if desk.proposal:
        return _rollback(desk)
    lacking = [one for one in [desk.lacks_proposal] if one]
    claims = not_assessed("the way back of your own migrations", lacking)
    return (Met.UNKNOWN, claims[0]) if claims else _rollback(desk)


def _serial(desk: Desk) -> Judged:
    found = desk.found("schema/pk_serial", "schema/serial_column")
    if found:
        return not_met(f"Filled by serial: {joined(str(one.object) for one in found)}", *found)
    clean = desk.clean("schema/pk_serial", "schema/serial_column")
    kinds = desk.fact("identifiers")
    if clean:
        return Met.MET, say("No column is filled by serial", *clean)
    if kinds and number(kinds.facts.get("columns")):
        serial = words(kinds.facts.get("serial_columns"))
        if serial:
            return not_met(
                f"Key columns filled from a sequence by default, as serial makes them: {joined(serial)}", kinds
            )
        identity = number(kinds.facts.get("filled_by_identity"))
        text = f"No key column takes its default from a sequence; {identity:g} {'is an' if identity == 1 else 'are'}"
        return Met.MET, say(f"{text} identity column{'' if identity == 1 else 's'}", kinds)
    keys = desk.fact("keys")
    if keys and (nothing := _no_table(keys)):
        return nothing
    return unknown(desk, "serial columns")


# ---- criteria


def _latency(desk: Desk) -> Judged:
    queries = [one for one in desk.queries() if number(one.facts.get("calls"))]
    claims = performance.latency(desk)
    if not queries or not claims:
        return _unrecorded(desk, "latency")
    over = [one for one in queries if number(one.facts.get("mean_ms")) > _TARGET_MS]
    worst = max(number(one.facts.get("max_ms")) for one in queries)
    if over:
        return Met.NOT_MET, claims[0]
    return (Met.MET if worst < _TARGET_MS else Met.UNKNOWN), claims[0]


def _reversible(desk: Desk) -> Judged:
    return _own_migrations(desk)


def _constraints(desk: Desk) -> Judged:
    off = desk.found(
        "constraints/disabled_trigger",
        "constraints/not_enforced",
        "constraints/not_validated",
        "constraints/not_null_not_valid",
    )
    if off:
        return not_met("; ".join(_by_fault(off)), *off)
    keys = desk.fact("keys")
    if keys and (nothing := _no_table(keys)):
        return nothing
    clean = desk.clean("constraints/disabled_trigger", "constraints/not_enforced", "constraints/not_validated")
    if clean:
        return Met.MET, say("Every declared constraint is enforced and validated", *clean)
    return unknown(desk, "constraints")


_FAULTS = (
    ("constraints/disabled_trigger", "Switched off: triggers of"),
    ("constraints/not_enforced", "not enforced:"),
    ("constraints/not_", "never validated:"),
)


def _by_fault(records: list[Record]) -> list[str]:
    """What is wrong, with the names of those of which it is so."""
    told: list[str] = []
    rest = records
    for prefix, head in _FAULTS:
        mine = [one for one in rest if one.topic.startswith(prefix)]
        rest = [one for one in rest if one not in mine]
        if mine:
            told.append(f"{head} {joined(dict.fromkeys(str(one.object) for one in mine))}")
    return told


def _restores(desk: Desk) -> Judged:
    stated = desk.given(InputName.RESTORE_TEST)
    if stated:
        return Met.MET, say(stated.says, stated)
    return unknown(desk, "whether a restore was ever tried", InputName.RESTORE_TEST)
