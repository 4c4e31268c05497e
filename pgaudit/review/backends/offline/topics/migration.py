"""Migrations: what is proposed, and how the changes of this review reach production without a stop."""

from __future__ import annotations

from collections.abc import Iterable

from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, words
from pgaudit.review.backends.offline.entries import changes_in_words, held_in_words, is_harmless, sized, strongest
from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.documents.parts import Cell, Claim, Row, Script, Table
from pgaudit.review.evidence.records import Badge, Record, RecordKind
from probes.finding import Severity

_EXCLUSIVE = "ACCESS EXCLUSIVE"
_MOST_CONFLICTS = 6


def judged(desk: Desk) -> list[Record]:
    """What the gate holds against the proposal, gravest first."""
    held = [one for one in desk.proposal if one.severity and one.topic not in {"proposal/summary", "proposal/resolves"}]
    return sorted(held, key=lambda one: -(one.severity.rank if one.severity else 0))


def altering(desk: Desk) -> list[Claim]:
    """Phase 1: statements on tables that exist."""
    if not desk.proposal:
        return _unproposed(desk, "whether pending ALTER statements are safe to run")
    summary = desk.proposal[0]
    claims = [say(summary.says, summary)]
    claims += [
        say(f"{record.object}: {record.says}", record)
        for record in judged(desk)
        if record.severity and record.severity.at_least(Severity.MEDIUM) and record.topic != "proposal/introduces"
    ]
    if len(claims) == 1:
        claims.append(say("None of its statements blocks the application for longer than a moment", summary))
    return claims


def creating(desk: Desk) -> list[Claim]:
    """Phase 2: new tables, and what the checks say of them."""
    if not desk.proposal:
        return _unproposed(desk, "the order of creation, foreign keys and seed data")
    summary = desk.proposal[0]
    created = number(summary.facts.get("creates_tables"))
    seeds = number(summary.facts.get("seed_statements"))
    filling = plural(seeds, "statement fills", "statements fill")
    claims = [say(f"{plural(created, 'table')} would be created; {filling} tables", summary)]
    left = [one for one in desk.proposal if one.topic == "proposal/introduces"]
    claims += [
        say(f"It would leave behind ({_level(record)}): {record.says}{_mended(record)}", record) for record in left
    ]
    if not left:
        claims.append(say("The checks of structure find nothing new in the schema that it leaves", summary))
    return claims


def _level(record: Record) -> str:
    return record.severity.name if record.severity else "LOW"


def _mended(record: Record) -> str:
    return f". Add: {'; '.join(record.change.sql)}" if record.change else ""


def safe_script(desk: Desk) -> Script | None:
    """The safe sequences for what the proposal would run unsafely, in its order."""
    parts: list[str] = []
    cites: list[str] = []
    for record in desk.proposal:
        if record.change and record.topic != "proposal/introduces":
            parts += [
                f"-- in place of {record.object}: {record.title}",
                *(f"{sql.rstrip(';')};" for sql in record.change.sql),
                "",
            ]
            cites.append(record.id)
    return Script("sql", "\n".join(parts).rstrip(), tuple(cites)) if parts else None


def cleaning(desk: Desk) -> list[Claim]:
    """Phase 3: what is dropped, and what is mended."""
    if not desk.proposal:
        return _unproposed(desk, "what is dropped, archived or deleted")
    summary = desk.proposal[0]
    drops = number(summary.facts.get("drops"))
    claims = [say(f"{plural(drops, 'statement drops', 'statements drop')} something", summary)]
    resolved = [one for one in desk.proposal if one.topic == "proposal/resolves"]
    claims += [say(f"It would mend: {record.says}", record) for record in resolved]
    return claims


def _unproposed(desk: Desk, what: str) -> list[Claim]:
    lacking = desk.lacks_proposal
    return not_assessed(what, [lacking]) if lacking else []


def conflicts(desk: Desk) -> list[Claim]:
    """Where the proposal locks a table of which a grave fault is known already."""
    found: list[Claim] = []
    for record in desk.pack.of(RecordKind.FINDING):
        table = _table(record)
        meeting = [one for one in desk.proposal if table in words(one.facts.get("locked_relations"))]
        if meeting and record.accepted is None and record.severity and record.severity.at_least(Severity.HIGH):
            text = f"The proposal builds on {table}, of which is known: {record.says}"
            found.append(say(text, record, meeting[0]))
    return found[:_MOST_CONFLICTS]


def _table(record: Record) -> str:
    """`app.orders`: the table that a finding is about, as the gate names it; empty for what has none."""
    one = record.object
    return f"{one.schema}.{one.table or one.name}" if one and one.schema else ""


# ---- the changes of this review


def zero_downtime(desk: Desk) -> list[Claim]:
    """How the changes run: by lock, by transaction, in which order."""
    changes = desk.decisions.changes
    exclusive = [one for one in changes if one.change.transactional and _locks(one, _EXCLUSIVE)]
    rewriting = [one for one in changes if any(lock.work == "rewrite" for lock in one.change.locks)]
    concurrent = [one for one in changes if not one.change.transactional]
    claims = [*_exclusive(exclusive), *_rewriting(rewriting), *_concurrent(concurrent)]
    held = desk.found("sessions/idle_in_transaction", "sessions/")
    if held and exclusive:
        text = "Sessions that are idle in a transaction go first: every exclusive lock queues behind them"
        claims.append(say(text, *held))
    stated = desk.given(InputName.MIGRATION)
    if stated:
        claims.append(say(f"Constraints on migrations, {stated.says}", stated))
    return [*claims, *not_assessed("maintenance windows and who may deploy", desk.lacking(InputName.MIGRATION))]


def _exclusive(changes: list[PlannedChange]) -> list[Claim]:
    if not changes:
        return []
    exclusive = (lock for one in changes for lock in one.change.locks if lock.mode == _EXCLUSIVE)
    longest = max(exclusive, key=lambda lock: (lock.held_seconds, lock.work == "rewrite", lock.relation_bytes))
    text = (
        f"Under ACCESS EXCLUSIVE: {plural(len(changes), 'change')}, the longest for "
        f"{held_in_words(longest.held_seconds)} by estimate, on {sized(longest)}. Each runs with "
        "lock_timeout = '2s' and is tried again: a waiting ALTER stops every query behind it"
    )
    return [say(text, *_records(changes))]


def _rewriting(changes: list[PlannedChange]) -> list[Claim]:
    if not changes:
        return []
    text = f"Rewriting a table: {_numbered(changes)}. Run them when writes are few"
    return [say(text, *_records(changes)), *_combined(changes)]


def _concurrent(changes: list[PlannedChange]) -> list[Claim]:
    if not changes:
        return []
    indexed = [one for one in changes if "index" in " ".join(one.change.sql)]
    others = [one for one in changes if one not in indexed]
    claims: list[Claim] = []
    if indexed:
        text = f"Outside of a transaction, while reads and writes go on: {_numbered(indexed)}. They wait for every "
        text += "transaction that is older than they are, so each switches the session's time limits off; one that is "
        text += "broken off leaves an invalid index behind: drop it and begin again"
        claims.append(say(text, *_records(indexed)))
    if others:
        claims.append(
            say(f"Outside of a transaction, without a lock on any table: {_numbered(others)}", *_records(others))
        )
    return claims


def _numbered(changes: list[PlannedChange]) -> str:
    return changes_in_words(tuple(one.number for one in changes)).lower()


def _combined(rewriting: list[PlannedChange]) -> list[Claim]:
    """Tables that several changes would rewrite: one ALTER TABLE rewrites them once."""
    by_table: dict[str, list[PlannedChange]] = {}
    for one in rewriting:
        for lock in one.change.locks:
            if lock.work == "rewrite":
                by_table.setdefault(lock.relation, []).append(one)
    claims: list[Claim] = []
    for table, changes in by_table.items():
        if len(changes) > 1:
            numbers = changes_in_words(tuple(one.number for one in changes))
            text = (
                f"{numbers} {'both' if len(changes) == 2 else 'all'} rewrite {table}: put their ALTER COLUMN clauses "  # noqa: PLR2004
                f"into one ALTER TABLE, run as change {changes[0].number}, so that it is rewritten once"
            )
            claims.append(say(text, *_records(changes)))
    return claims


def combined(desk: Desk) -> list[Claim]:
    """Tables that several of this review's changes would rewrite."""
    changes = desk.decisions.changes
    return _combined([one for one in changes if any(lock.work == "rewrite" for lock in one.change.locks)])


def _locks(change: PlannedChange, mode: str) -> bool:
    return any(lock.mode == mode for lock in change.change.locks)


def _records(changes: list[PlannedChange]) -> list[Record]:
    return [record for one in changes for record in one.records]


def reversibility(desk: Desk) -> list[Claim]:
    """What can be taken back, and what cannot."""
    changes = desk.decisions.changes
    back = [one for one in changes if one.change.rollback]
    harmless = [one for one in changes if not one.change.rollback and is_harmless(one)]
    hard = irreversible(desk)
    claims: list[Claim] = []
    if back:
        text = f"With the statements that take them back: {len(back)} of {plural(len(changes), 'change')}"
        claims.append(say(text, *_records(back)))
    if harmless:
        text = (
            "With nothing to take back, for they prove what is declared, renew or widen what is there, or remove what"
        )
        claims.append(say(f"{text} never worked: {_numbered(harmless)}", *_records(harmless)))
    if hard:
        text = f"Without a statement that takes them back: {_numbered(hard)}. What to keep first stands with each"
        claims.append(say(text, *_records(hard)))
    return claims


def irreversible(desk: Desk) -> list[PlannedChange]:
    """Changes that no statement takes back, of those that want a way back."""
    return [one for one in desk.decisions.changes if not one.change.rollback and not is_harmless(one)]


def way_back(desk: Desk) -> list[Claim]:
    """How many changes can be taken back, in one sentence."""
    changes = desk.decisions.changes
    if not changes:
        return []
    back = sum(1 for one in changes if one.change.rollback)
    harmless = sum(1 for one in changes if not one.change.rollback and is_harmless(one))
    hard = len(irreversible(desk))
    told = [
        _told(back, len(changes), "can be taken back by statements"),
        _told(harmless, len(changes), "needs no way back", "need no way back"),
        _told(hard, len(changes), "has no statement for it", "have no statement for it"),
    ]
    head = f"Of {len(changes)} changes, " if len(changes) > 1 else ""
    return [say(head + joined(filter(None, told)), *_records(list(changes)))]


def _told(count: int, of: int, one: str, many: str | None = None) -> str:
    """`the change needs ...`, `2 need ...`; nothing for none."""
    if not count:
        return ""
    if of == 1:
        return f"the change {one}"
    return f"{'all' if count == of else count} {one if many is None or count == 1 else many}"


def proofs(desk: Desk) -> list[Claim]:
    """How far the SQL was proved, why not all of it, and what was left out because it failed."""
    changes = desk.decisions.changes
    if not changes:
        return _failed(desk)
    counts = {badge: sum(1 for one in changes if one.change.proof.badge is badge) for badge in Badge}
    told = joined(f"{count} {badge.value}" for badge, count in counts.items() if count)
    claims = [say(f"Of {plural(len(changes), 'change')}: {told}", *_records(list(changes)))]
    if counts[Badge.PROVEN]:
        proven = [one for one in changes if one.change.proof.badge is Badge.PROVEN]
        text = "PROVEN: run in a copy of this structure, where the finding was gone and nothing else had changed"
        claims.append(say(text, *_records(proven)))
    for badge in (Badge.APPLIES, Badge.UNPROVEN):
        reasons = dict.fromkeys(one.change.proof.reason for one in changes if one.change.proof.badge is badge)
        for reason in reasons:
            alike = [one for one in changes if one.change.proof.badge is badge and one.change.proof.reason == reason]
            numbers = changes_in_words(tuple(one.number for one in alike)).lower()
            told = reason.replace("it ran", "each ran", 1) if len(alike) > 1 else reason
            claims.append(say(f"{badge.value}, {numbers}: {told}", *_records(alike)))
    return [*claims, *_failed(desk)]


def _failed(desk: Desk) -> list[Claim]:
    """Fixes that failed their proof: they are in no list of changes."""
    failed = [
        record
        for record in desk.pack.of(RecordKind.FINDING)
        if record.change and record.change.proof.badge is Badge.REJECTED and record.accepted is None
    ]
    return [
        say(f"REJECTED and left out, for {record.says}: {record.change.proof.reason}", record)
        for record in failed
        if record.change
    ]


def lock_table(changes: Iterable[PlannedChange], head: str) -> Table | None:
    """The strongest lock of each change; None where none takes one. `head` says which changes these are."""
    locks = ((one, strongest(one.change.locks)) for one in changes)
    rows = tuple(
        Row(
            (
                Cell(f"change {one.number}"),
                Cell(lock.mode),
                Cell(sized(lock)),
                Cell(lock.work or "catalog only"),
                Cell(held_in_words(lock.held_seconds)),
            ),
            one.ids,
        )
        for one, lock in locks
        if lock
    )
    return Table((head, "Lock", "Relation", "Work", "Held, estimate"), rows) if rows else None
