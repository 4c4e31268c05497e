"""Messages that must arrive once: kept with the run they are about, and tried again with the next run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from pgaudit.notify.channels import Channel
from pgaudit.notify.message import DEFAULT_STATES, Message, message_of, message_of_failure
from pgaudit.notify.sending import DeliveryError
from pgaudit.reports.contract import Report
from pgaudit.store.failing import Failure, RecordedFailure
from pgaudit.store.models import FindingRow, NotificationRow, RunRow, TargetRow
from pgaudit.store.opening import Store
from pgaudit.store.recording import Recorded
from pgaudit.store.states import Followed, State

_NIGHTS_OF_USAGE = 2
"""What rests on cumulative counters is told when it was seen in so many runs."""


def post(
    connection: Connection,
    report: Report,
    recorded: Recorded,
    channels: Sequence[Channel],
    *,
    usage_checks: frozenset[str],
    states: Collection[State] = DEFAULT_STATES,
) -> None:
    """Put the message about a run into the outbox of every channel, in the transaction that records the run."""
    known = _told(connection, recorded.target)
    news = [told for one in recorded.findings if (told := _news(one, known, usage_checks)) is not None]
    wanted = [one for one in news if one.state in states]
    for one in news:
        change = update(FindingRow).where(FindingRow.id == known[one.fingerprint][0])
        connection.execute(change.values(notified_state=one.state.value))
    message = message_of(report, recorded, wanted)
    if wanted or message.is_audited_again or (report.interrupted and not recorded.was_interrupted):
        _put(connection, recorded.run_id, message, channels)


def post_failure(
    connection: Connection, failure: Failure, recorded: RecordedFailure, channels: Sequence[Channel]
) -> None:
    """Put the message that a target cannot be audited into every outbox, unless that was told before."""
    if recorded.is_news:
        _put(connection, recorded.run_id, message_of_failure(failure, recorded), channels)


def _put(connection: Connection, run_id: int, message: Message, channels: Sequence[Channel]) -> None:
    text = msgspec.json.encode(message).decode()
    rows = [{"run_id": run_id, "channel": channel.name, "message": text, "attempts": 0} for channel in channels]
    if rows:
        connection.execute(insert(NotificationRow), rows)


def _told(connection: Connection, target: str) -> Mapping[str, tuple[int, int, str | None]]:
    """By fingerprint: the finding's id, in how many runs it was seen, and the state that was told of it."""
    query = (
        select(FindingRow.fingerprint, FindingRow.id, FindingRow.runs_seen, FindingRow.notified_state)
        .join(TargetRow, TargetRow.id == FindingRow.target_id)
        .where(TargetRow.name == target)
    )
    return {fingerprint: (key, seen, told) for fingerprint, key, seen, told in connection.execute(query).all()}


def _news(
    one: Followed, known: Mapping[str, tuple[int, int, str | None]], usage_checks: frozenset[str]
) -> Followed | None:
    """What is to be told of a finding, perhaps a night later; None where nothing is."""
    _, seen, told = known[one.fingerprint]
    if one.check in usage_checks and told is None:
        if not one.is_seen or one.state is State.SUPPRESSED or seen < _NIGHTS_OF_USAGE:
            return None
        return msgspec.structs.replace(one, state=State.NEW)
    return None if one.state in {State.UNCHANGED, State.NOT_CHECKED, State.SUPPRESSED} else one


def deliver(store: Store, target: str, channels: Sequence[Channel]) -> list[str]:
    """Send what waits for a target, oldest first; gives a line for each message that did not arrive.

    Every message is sent and crossed out on its own: one that fails, or a crash, never sends the others twice.
    """
    by_name = {channel.name: channel for channel in channels}
    query = (
        select(NotificationRow.id, NotificationRow.channel, NotificationRow.message)
        .join(RunRow, RunRow.id == NotificationRow.run_id)
        .join(TargetRow, TargetRow.id == RunRow.target_id)
        .where(TargetRow.name == target, NotificationRow.channel.in_(by_name))
        .order_by(NotificationRow.id)
    )
    with store.reading() as connection:
        waiting = connection.execute(query).all()
    return [
        problem
        for key, name, content in waiting
        if (problem := _attempt(store, key, by_name[name], msgspec.json.decode(content, type=Message)))
    ]


def _attempt(store: Store, key: int, channel: Channel, message: Message) -> str | None:
    try:
        channel.deliver(message)
    except DeliveryError as error:
        problem = str(error)
        failed = update(NotificationRow).where(NotificationRow.id == key)
        with store.writing() as connection:
            connection.execute(failed.values(attempts=NotificationRow.attempts + 1, problem=problem))
        return f"{channel.name} was not told: {problem}; the next recorded run tries again"
    with store.writing() as connection:
        connection.execute(delete(NotificationRow).where(NotificationRow.id == key))
    return None


def send_at_once(message: Message, channels: Sequence[Channel]) -> list[str]:
    """Send without an outbox, where there is no store to keep one; gives a line for each that did not arrive."""
    problems: list[str] = []
    for channel in channels:
        try:
            channel.deliver(message)
        except DeliveryError as error:
            problems.append(f"{channel.name} was not told: {error}")
    return problems
