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
    from pgaudit.store.opening import Store
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
    quiet: bool = False
    """Whether nothing is said of a store that was made."""


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
            tell_new(store, recording)
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


def tell_new(store: Store, recording: Recording) -> None:
    """Say that the store was not there before: a path that was mistyped shows."""
    from pgaudit.cli.terminal import remark

    if store.is_new and not recording.quiet:
        remark(f"{store.name} is a new store")


def trends_of(report: Report, recording: Recording) -> Trends | None:
    """What earlier runs of the report's target showed; None where it was not recorded or the store cannot be read."""
    from pgaudit.cli.terminal import remark
    from pgaudit.history.trends import trends
    from pgaudit.store.opening import open_to_read

    if report.since is None:
        return None
    try:
        store = open_to_read(recording.store)
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
    store: str | None,
    target: str | None,
    notify: Sequence[str] | None = None,
    notify_on: str | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    record: bool,
    quiet: bool,
) -> Recording | None:
    """What `--record`, `--store`, `--record-as`, `--notify` and `--notify-on` ask for; None where nothing is kept.

    Raises:
        BadConfiguration: A name or a channel is given and nothing is kept, or one is none.
    """
    if not record and not store:
        given = "--record-as" if target else "--notify" if notify else None
        if given:
            raise BadConfiguration(given, "it is about recorded runs, and this one is not recorded", "add --record")
        return None
    channels, states = _told(notify, notify_on, environment or {}) if notify else ((), ())
    return Recording(store or None, target, channels, states, quiet)


def _told(
    notify: Sequence[str], notify_on: str | None, environment: Mapping[str, str]
) -> tuple[tuple[Channel, ...], tuple[State, ...]]:
    """Who is told of which changes. Raises BadConfiguration."""
    from pgaudit.notify.channels import parse_channel
    from pgaudit.store.states import State

    words = {state.value.replace("_", "-"): state for state in State}
    chosen = [word.strip() for word in (notify_on or "").split(",") if word.strip()]
    unknown = [word for word in chosen if word not in words]
    if unknown:
        raise BadConfiguration("--notify-on", f"{unknown[0]!r} is no state", f"choose of {', '.join(words)}")
    return tuple(parse_channel(text, environment) for text in notify), tuple(words[word] for word in chosen)


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
