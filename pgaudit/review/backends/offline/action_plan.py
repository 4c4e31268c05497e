"""Section 16: what to run now, in which order, how to see that it worked, and what may go on meanwhile."""

from __future__ import annotations

from pgaudit.review.backends.offline.assessment import decided, in_short
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say
from pgaudit.review.backends.offline.entries import changes_in_words, count_in_words, held_in_words
from pgaudit.review.backends.offline.topics.migration import irreversible
from pgaudit.review.backends.offline.validation import validation_queries
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.classes import Category
from pgaudit.review.deciding.effort import effort_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.authority import ActionPlan, Command, TimelineRow
from pgaudit.review.documents.parts import Claim
from pgaudit.review.documents.wording import TIMELINE_ROWS
from pgaudit.review.evidence.records import Record

_REHEARSAL_HOURS = 2.0
_RUN_HOURS = 0.25
"""To run one change in production and to look at what it did."""


def action_plan(desk: Desk) -> ActionPlan:
    """The plan; where nothing is critical it says so, and the deployment of the rest follows."""
    critical = critical_changes(desk)
    return ActionPlan(
        estimated_time=_time(desk),
        prerequisites=_prerequisites(desk),
        critical_changes=tuple(one.number for one in critical),
        other_critical=tuple(
            say(in_short(issue), *issue.records) for issue in desk.decisions.at(Level.CRITICAL) if not issue.has_sql
        ),
        api_fixes=tuple(_api_fixes(critical)),
        security_fixes=tuple(_security_fixes(desk)),
        validation_queries=validation_queries(desk, critical),
        checklist=_checklist(desk, critical),
        deployment=_deployment(desk),
        proceed_with=_proceed(desk),
        wait_with=_wait(desk),
        timeline=_timeline(desk),
        downtime=_downtime(desk),
    )


def critical_changes(desk: Desk) -> list[PlannedChange]:
    """Changes of critical issues, and of sessions that would stand in their way, in the order in which they run."""
    blocking = [issue.check for issue in desk.issues("sessions/") if issue.level is Level.HIGH]
    has_critical = bool(desk.decisions.at(Level.CRITICAL))
    return [
        one for one in desk.decisions.changes if one.level is Level.CRITICAL or (has_critical and one.issue in blocking)
    ]


def _time(desk: Desk) -> Claim:
    effort = desk.decisions.critical_effort
    if not effort.hours:
        return decided(desk, "0 hours: nothing critical is open.", ())
    return decided(desk, f"{effort.hours:g} hours ({effort.arithmetic}).", effort.cites)


def _prerequisites(desk: Desk) -> tuple[Claim, ...]:
    claims = [say(f"{record.says}. {record.advice or ''}", record) for record in desk.found("config/file_errors")]
    waiting = desk.found("sessions/idle_in_transaction")
    claims += [
        say(f"{record.says}; it goes first, for every exclusive lock would queue behind it", record)
        for record in waiting
    ]
    return tuple(claims)


def _api_fixes(critical: list[PlannedChange]) -> list[Claim]:
    """What the callers of a changed table have to do: the only part of the API that the database tells of."""
    found: list[Claim] = []
    for one in critical:
        record = one.records[0]
        sql = " ".join(one.change.sql)
        if "enable row level security" in sql and record.object:
            table = ".".join(part for part in (record.object.schema, record.object.table or record.object.name) if part)
            found.append(
                say(
                    f"Every route that reads or writes {table}: set the tenant of the session before the first query. "
                    f"After change {one.number} a query without it sees no row",
                    record,
                )
            )
        feeds = record.facts.get("feeds")
        if record.topic == "sequences/near_exhaustion" and "type bigint" in sql and feeds:
            column = str(feeds[0]).rpartition(" ")[0] if isinstance(feeds, tuple | list) else str(feeds)
            found.append(
                say(f"Every route that carries {column}: take 64 bits in models, clients and generated types", record)
            )
    return found


def _security_fixes(desk: Desk) -> list[Claim]:
    issues = [issue for issue in desk.decisions.at(Level.CRITICAL) if issue.category is Category.SECURITY]
    found: list[Claim] = []
    for issue in issues:
        numbers = desk.numbers(issue.records)
        how = changes_in_words(numbers).lower() if numbers else issue.records[0].advice or "by hand"
        found.append(say(f"{issue.title} ({joined(_names(issue))}): {how}", *issue.records))
    return found


def _names(issue: Issue) -> list[str]:
    return [str(record.object) for record in issue.records if record.object]


def _checklist(desk: Desk, critical: list[PlannedChange]) -> tuple[Claim, ...]:
    records = [record for one in (critical or desk.decisions.changes) for record in one.records]
    if not records:
        return ()
    hard = irreversible(desk)
    claims = [
        say(
            "All schema changes tested on dev database: a copy with production's rows, for old rows may break a rule",
            *records,
        ),
        say(
            "Zero-downtime migration script prepared: one file for each change, with lock_timeout set; no concurrent "
            "build in a transaction",
            *records,
        ),
        say("Rollback procedure documented: the statements stand with each change in section 14", *records),
    ]
    if hard:
        numbers = changes_in_words(tuple(one.number for one in hard)).lower()
        text = f"Database backup taken, and restored once into an empty server: no statement takes back {numbers}"
        claims.append(say(text, *(record for one in hard for record in one.records)))
    elif wal := desk.found("durability/archiving_off"):
        claims.append(say("Database backup taken, and restored once into an empty server: nothing else is kept", *wal))
    return tuple(claims)


def _deployment(desk: Desk) -> tuple[Command, ...]:
    """Commands with what each does."""
    levels = {Level.CRITICAL, Level.HIGH}
    records = [record for one in desk.decisions.changes if one.level in levels for record in one.records]
    if not records:
        return ()
    run = 'psql "$DATABASE_URL" -X -v ON_ERROR_STOP=1 -f changes.sql'
    wanted = "step 1" if critical_changes(desk) else "section 14, HIGH"
    again = 'pgaudit review "$DATABASE_URL" --previous review.json'
    return (
        Command('pgaudit review "$DATABASE_URL" -o review.json', say("keeps how it was, to compare with", *records)),
        Command('pg_dump --schema-only "$DATABASE_URL" > before.sql', say("keeps the structure", *records)),
        Command(
            'pgaudit gate changes.sql --dsn "$DATABASE_URL"',
            say(f"shows the locks of changes.sql, the SQL of {wanted}, by today's sizes", *records),
        ),
        Command(run, say("stops at a lock that is not granted within 2 s: run it again from that change", *records)),
        Command(again, say("says of each issue whether it is Fixed", *records)),
    )


def _proceed(desk: Desk) -> tuple[Claim, ...]:
    """What may go on once step 2 is done."""
    claims: list[Claim] = []
    column, keys = desk.fact("tenant_column"), desk.fact("keys")
    if column and column.facts.get("column"):
        name = column.facts["column"]
        text = f"New tables with {name} first in their key, a forced policy by {name}, and their foreign keys from the"
        claims.append(say(f"{text} start", column))
    elif keys:
        claims.append(say("New tables with a primary key and their foreign keys from the start", keys))
    if keys and number(keys.facts.get("tables")):
        claims.append(say("New endpoints over tables that this review names in no critical or high issue", keys))
    high = desk.decisions.at(Level.HIGH)
    if high:
        ids = tuple(identity for issue in high for identity in issue.ids)
        text = (
            f"The {count_in_words(high)} graded HIGH, alongside and in the order of section 13: all before production."
        )
        claims.append(decided(desk, text, ids))
    return tuple(claims)


def _wait(desk: Desk) -> tuple[Claim, ...]:
    """What would make an open issue worse."""
    claims: list[Claim] = []
    default = desk.found("partitioning/default_partition_rows", "partitioning/missing_future_partitions")
    if default:
        claims.append(
            say(
                f"Loading history into {default[0].object} - its rows have no partition to go to",
                *default[:1],
            )
        )
    money = desk.found("schema/money_as_float", "schema/type_money")
    if money:
        names = joined(str(record.object) for record in money)
        claims.append(
            say(f"Reports and payouts over {names} - sums are wrong by cents until the types are exact", *money)
        )
    exposed = desk.found("security/view_runs_as_owner", "security/matview_exposed")
    if exposed:
        names = joined(str(record.object) for record in exposed)
        claims.append(say(f"New pages over {names} - they show rows of every tenant", *exposed))
    slow = desk.found("workload/slow_queries")
    if slow:
        claims.append(
            say(
                f"More load on the {plural(len(slow), 'slow statement')} of section 8 - index and rewrite first",
                *slow,
            )
        )
    return tuple(claims)


def _timeline(desk: Desk) -> tuple[TimelineRow, ...]:
    decisions = desk.decisions
    stop, high = decisions.critical_effort, effort_of(decisions.issues, [Level.HIGH])
    count = len(critical_changes(desk))
    deploy = _REHEARSAL_HOURS + count * _RUN_HOURS if count else 0.0
    locked = decisions.critical_downtime.exclusive_seconds
    sum_of = f"{_REHEARSAL_HOURS:g} h to rehearse on a copy + {count} x {_RUN_HOURS:g} h to run and look"
    held = f"exclusive locks of {held_in_words(locked)} in all, by estimate" if locked else "no exclusive lock"
    beside = f"Ongoing; beside it {high.hours:g} hours for the HIGH issues" if high.hours else "Ongoing"
    texts = (
        (f"{stop.hours:g} hours, {plural(stop.days, 'day')} of one engineer" if stop.hours else "0 hours", stop.cites),
        (f"{deploy:g} hours ({sum_of}); {held}" if count else "0 hours", stop.cites),
        (beside, high.cites or stop.cites),
    )
    return tuple(
        TimelineRow(phase, task, decided(desk, text, cites), may_prototype=phase == "RESUME")
        for (phase, task), (text, cites) in zip(TIMELINE_ROWS, texts, strict=True)
    )


def _downtime(desk: Desk) -> Claim:
    downtime = desk.decisions.downtime
    if not downtime.cites:
        text = "0 hours: no critical or high change takes an exclusive lock on a table."
        return decided(desk, text, _cites(desk))
    unknown = (
        f"; the locks of {plural(downtime.changes_with_unknown_locks, 'change')} could not be predicted"
        if downtime.changes_with_unknown_locks
        else ""
    )
    text = (
        "0 hours as an outage. The exclusive locks of the critical and the high changes together add up to "
        f"{held_in_words(downtime.exclusive_seconds)} by estimate, the longest "
        f"{held_in_words(downtime.longest_seconds)} on {downtime.longest_relation}; "
        f"waiting for a lock is bounded by lock_timeout{unknown}."
    )
    if downtime.longest_seconds > 60:  # noqa: PLR2004 - a minute of standstill is an outage to those who wait
        text = text.replace("0 hours as an outage", f"{downtime.exclusive_seconds / 3600:.2f} hours")
    return decided(desk, text, downtime.cites)


def _cites(desk: Desk) -> tuple[str, ...]:
    records: list[Record] = [record for one in desk.decisions.changes for record in one.records]
    return tuple(record.id for record in records)
