"""The evidence checklist: each point met, not met or unknown, with the records that say so."""

from __future__ import annotations

from collections.abc import Callable

from pgaudit.review.backends.offline.assessment import anchors
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, words
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.backends.offline.topics import migration, operations, performance, tenancy
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.others import Checklist, Met, Pitfall, Point
from pgaudit.review.documents.parts import Basis, Claim
from pgaudit.review.documents.wording import CHECKLIST, PITFALLS, SUCCESS_CRITERIA
from pgaudit.review.evidence.records import Record

Judged = tuple[Met, Claim]
_TARGET_MS = 200.0
_TOP = 5


def checklist(desk: Desk) -> Checklist:
    """Seven points, five pitfalls, five criteria."""
    points = (_keys, _uniques, _top_queries, _rollback, _pooling, _backups, _tenants)
    pitfalls = (_composite, _boundaries, _growth, _way_back, _serial)
    criteria = (_latency, _reversible, _constraints, _tenants, _restores)
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


def _unknown(desk: Desk, what: str, *names: InputName) -> Judged:
    """Unknown, with the inputs that would tell."""
    claims = not_assessed(what, desk.lacking(*names))
    return Met.UNKNOWN, claims[0] if claims else say(
        f"Not assessed: {what}", *anchors(desk), basis=Basis.NOT_ASSESSABLE
    )


def _not_met(text: str, *records: Record) -> Judged:
    return Met.NOT_MET, say(text, *records)


# ---- the checklist


def _keys(desk: Desk) -> Judged:
    keys = desk.fact("keys")
    missing = desk.found("constraints/missing_primary_key")
    if missing:
        names = joined(str(one.object) for one in missing)
        return _not_met(f"Without a primary key: {names}", *missing)
    if keys is None or keys.facts.get("tables") == 0:
        return _unknown(desk, "keys")
    if not number(keys.facts.get("foreign_keys")) and number(keys.facts.get("tables")) > 1:
        return _not_met(f"{keys.says}: nothing ties one table to another", keys)
    return Met.MET, say(keys.says, keys)


def _uniques(desk: Desk) -> Judged:
    bad = desk.found(
        "tenancy/unique_without_tenant", "money/idempotency", "money/external", "indexes/unique_with_nullable"
    )
    if bad:
        return _not_met("; ".join(one.says for one in bad[:3]), *bad)
    events, keys = desk.fact("events"), desk.fact("keys")
    bare = words(events.facts.get("without_idempotency_key")) if events else ()
    if events and bare:
        return _not_met(f"A delivery that comes twice is stored twice in {joined(bare)}", events)
    if keys is None:
        return _unknown(desk, "unique constraints")
    count = number(keys.facts.get("unique_constraints"))
    text = f"{plural(count, 'unique constraint')} declared; which rules of the business need one only people know"
    return Met.UNKNOWN, say(text, keys)


def _top_queries(desk: Desk) -> Judged:
    queries = desk.queries()[:_TOP]
    if not queries:
        return _unknown(desk, "the heaviest queries", InputName.ACCESS_PATTERNS)
    slow = desk.found("workload/slow_queries", "queries/")
    shaped = performance.shapes(desk)
    if slow:
        served = performance.served(desk)
        cites = tuple(dict.fromkeys(identity for claim in served for identity in claim.cites))
        if served:
            text = " ".join(claim.text.replace(" Gain not measured.", "") for claim in served)
            return Met.NOT_MET, Claim(text, (*(one.id for one in slow), *cites))
        return _not_met("; ".join(one.says for one in slow[:2]), *slow)
    if shaped:
        return Met.NOT_MET, shaped[0]
    return Met.MET, say(f"None of the {len(queries)} heaviest statements reads much more than it returns", *queries)


def _rollback(desk: Desk) -> Judged:
    claims = migration.way_back(desk)
    if not claims:
        return Met.UNKNOWN, say("No change is asked for, and no proposal was given", *anchors(desk))
    return (Met.NOT_MET if "have none" in claims[0].text else Met.MET), claims[0]


def _pooling(desk: Desk) -> Judged:
    stated = desk.given(InputName.POOLING)
    if stated:
        return Met.MET, say(stated.says, stated)
    return _unknown(desk, "the pooler", InputName.POOLING)


def _backups(desk: Desk) -> Judged:
    off = desk.found("durability/archiving_off", "config/fsync_off")
    if off:
        return _not_met("; ".join(one.says for one in off), *off)
    stated = desk.given(InputName.RESTORE_TEST)
    if stated:
        return Met.MET, say(stated.says, stated)
    return _unknown(desk, "backups and restores", InputName.RPO, InputName.RTO, InputName.RESTORE_TEST)


def _tenants(desk: Desk) -> Judged:
    holds = tenancy.isolation_holds(desk)
    security, column = desk.fact("row_security"), desk.fact("tenant_column")
    holes = tenancy.holes(desk)
    if holds is None or security is None or column is None:
        return _unknown(desk, "the tenancy model", InputName.TENANCY_MODEL)
    if holds:
        return Met.MET, say(security.says, security, column)
    return _not_met(f"{security.says}; {plural(len(holes), 'way')} around it were found", security, *holes)


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
        return _not_met(f"{names}; {changes_in_words(numbers).lower()}" if numbers else names, *missing)
    clean = desk.clean("indexes/unindexed_foreign_key")
    if clean:
        return Met.MET, say("Every foreign key of several columns has its index", *clean)
    return _unknown(desk, "indexes", InputName.ACCESS_PATTERNS)


def _boundaries(desk: Desk) -> Judged:
    idle = desk.found("sessions/idle_in_transaction")
    if idle:
        return _not_met(f"Transactions are left open: {idle[0].says}", *idle)
    transactions = desk.fact("transactions")
    if transactions:
        text = f"{transactions.says}; which statements belong into one transaction is in the code"
        return Met.UNKNOWN, say(text, transactions)
    return _unknown(desk, "boundaries of transactions", InputName.API)


def _growth(desk: Desk) -> Judged:
    found = desk.found("retention/", "partitioning/")
    if found:
        return _not_met("; ".join(one.says for one in found[:3]), *found)
    partitioning = desk.fact("partitioning")
    if partitioning is None:
        return _unknown(desk, "growth", InputName.SCALE_TARGETS)
    large = words(partitioning.facts.get("large_in_one_piece"))
    met = Met.NOT_MET if large else Met.MET
    return met, say(partitioning.says, partitioning)


def _way_back(desk: Desk) -> Judged:
    return _rollback(desk)


def _serial(desk: Desk) -> Judged:
    found = desk.found("schema/pk_serial", "schema/serial_column")
    if found:
        return _not_met(f"Filled by serial: {joined(str(one.object) for one in found)}", *found)
    clean = desk.clean("schema/pk_serial", "schema/serial_column")
    kinds = desk.fact("identifiers")
    if clean:
        return Met.MET, say("No column is filled by serial", *clean)
    if kinds:
        return Met.UNKNOWN, say(
            f"{kinds.says}; the check of serial columns is one of taste and was not asked for", kinds
        )
    return _unknown(desk, "serial columns")


# ---- criteria


def _latency(desk: Desk) -> Judged:
    queries = [one for one in desk.queries() if number(one.facts.get("calls"))]
    claims = performance.latency(desk)
    if not queries or not claims:
        return _unknown(desk, "latency", InputName.ACCESS_PATTERNS)
    over = [one for one in queries if number(one.facts.get("mean_ms")) > _TARGET_MS]
    worst = max(number(one.facts.get("max_ms")) for one in queries)
    if over:
        return Met.NOT_MET, claims[0]
    return (Met.MET if worst < _TARGET_MS else Met.UNKNOWN), claims[0]


def _reversible(desk: Desk) -> Judged:
    return _rollback(desk)


def _constraints(desk: Desk) -> Judged:
    off = desk.found(
        "constraints/disabled_trigger",
        "constraints/not_enforced",
        "constraints/not_validated",
        "constraints/not_null_not_valid",
    )
    if off:
        names = joined(dict.fromkeys(str(one.object) for one in off))
        return _not_met(f"Not enforced or never validated: {names}", *off)
    clean = desk.clean("constraints/disabled_trigger", "constraints/not_enforced", "constraints/not_validated")
    if clean:
        return Met.MET, say("Every declared constraint is enforced and validated", *clean)
    return _unknown(desk, "constraints")


def _restores(desk: Desk) -> Judged:
    stated = desk.given(InputName.RESTORE_TEST)
    if stated:
        return Met.MET, say(stated.says, stated)
    claims = operations.backup_requirements(desk)
    if claims:
        off = desk.found("durability/archiving_off")
        return _not_met(off[0].says, *off)
    return _unknown(desk, "tests of a restore", InputName.RESTORE_TEST)
