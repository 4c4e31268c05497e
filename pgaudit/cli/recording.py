"""`--record`: keeping a run in the store, and what becomes of the report when that fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.errors import BadConfiguration, OutputNotWritable, PgauditError, StoreFailed, StoreTooNew
from pgaudit.reports.contract import Report, to_json
from pgaudit.scanning import Taken

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pgaudit.cli.outputs import Delivery
    from pgaudit.notify.channels import Channel
    from pgaudit.reports.trends import Trends
    from pgaudit.store.recording import Recorded
    from pgaudit.store.states import State


@dataclass(frozen=True, slots=True)
class Recording:
    """Where runs are kept, and under which name."""

    store: str | None
    """Path or URL; the user's own file if None."""
    target: str | None
    """The report's name for the target if None."""
    channels: tuple[Channel, ...] = ()
    """Who is told of what changed."""
    states: tuple[State, ...] = ()
    """Which changes are worth telling; new, reopened, worse and fixed where nothing was chosen."""


def recorded(
    report: Report, taken: Taken, usage_checks: frozenset[str], check_ms: Mapping[str, float], recording: Recording
) -> Report:
    """The report with the state of each finding, after the run was recorded.

    Raises:
        PgauditError: It was not; the report was saved beside the store then, and the message says where.
    """
    from pgaudit.cli.terminal import remark
    from pgaudit.notify.message import DEFAULT_STATES
    from pgaudit.notify.outbox import deliver, post
    from pgaudit.store.opening import default_store_path, open_store
    from pgaudit.store.recording import RunToRecord, record
    from pgaudit.store.reporting import with_states
    from pgaudit.store.retention import prune

    run = RunToRecord(report, taken.catalog, usage_checks, check_ms, recording.target)

    def beside(connection: Connection, recorded: Recorded) -> None:
        states = recording.states or DEFAULT_STATES
        post(connection, report, recorded, recording.channels, usage_checks=usage_checks, states=states)

    try:
        store = open_store(recording.store, audited=taken.catalog.server)
        try:
            found = record(store, run, beside)
            for problem in deliver(store, found.target, recording.channels):
                remark(problem)
            prune(store)
        finally:
            store.close()
    except PgauditError as error:
        kept = _saved_beside(report, default_store_path().parent)
        advice = f"the report is in {kept}; {error.advice}" if kept else error.advice
        if isinstance(error, StoreFailed):
            raise StoreFailed(error.store, error.problem, advice) from error
        if isinstance(error, StoreTooNew):
            raise StoreTooNew(error.store, error.found, advice) from error
        raise
    return with_states(report, found)


def trends_of(report: Report, recording: Recording) -> Trends | None:
    """What earlier runs of the report's target showed; None where it was not recorded or the store cannot be read."""
    from pgaudit.cli.terminal import remark
    from pgaudit.history.trends import trends
    from pgaudit.store.opening import open_store

    if report.since is None:
        return None
    try:
        store = open_store(recording.store)
        try:
            return trends(store, report.since.target)
        finally:
            store.close()
    except PgauditError as error:  # the run is recorded, and its report is worth having without a history
        remark(f"the page has no history: {error}")
        return None


def with_trends(where: Delivery, report: Report, recording: Recording | None) -> Delivery:
    """The delivery with what earlier runs showed, where the run was recorded and something that is written draws it."""
    if recording is None or "html" not in where.formats:
        return where
    return replace(where, view=msgspec.structs.replace(where.view, trends=trends_of(report, recording)))


def recording_of(
    store: str | None, target: str | None, notify: Sequence[str], notify_on: str | None, environment: Mapping[str, str]
) -> Recording:
    """What `--store`, `--record-as`, `--notify` and `--notify-on` ask for. Raises BadConfiguration."""
    if not notify:
        return Recording(store, target)
    from pgaudit.notify.channels import parse_channel
    from pgaudit.store.states import State

    words = {state.value.replace("_", "-"): state for state in State}
    chosen = [word.strip() for word in (notify_on or "").split(",") if word.strip()]
    unknown = [word for word in chosen if word not in words]
    if unknown:
        raise BadConfiguration("--notify-on", f"{unknown[0]!r} is no state", f"choose of {', '.join(words)}")
    channels = tuple(parse_channel(text, environment) for text in notify)
    return Recording(store, target, channels, tuple(words[word] for word in chosen))


def _saved_beside(report: Report, folder: Path) -> Path | None:
    """Where the report was put instead; None where no place could be written."""
    from pgaudit.cli.terminal import write_file

    name = f"unrecorded-{report.started_at.replace(':', '')}.json"
    for place in (folder, Path.cwd()):
        try:
            place.mkdir(parents=True, exist_ok=True)
            write_file(place / name, to_json(report))
        except (OSError, OutputNotWritable):
            continue
        return place / name
    return None
