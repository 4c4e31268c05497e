"""`--record`: keeping a run in the store, and what becomes of the report when that fails."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from pgaudit.errors import OutputNotWritable, PgauditError, StoreFailed
from pgaudit.reports.contract import Report, to_json
from pgaudit.scanning import Taken


class Recording(msgspec.Struct, frozen=True):
    """Where runs are kept, and under which name."""

    store: str | None
    """Path or URL; the user's own file if None."""
    target: str | None
    """The report's name for the target if None."""


def recorded(
    report: Report, taken: Taken, usage_checks: frozenset[str], check_ms: Mapping[str, float], recording: Recording
) -> Report:
    """The report with the state of each finding, after the run was recorded.

    Raises:
        PgauditError: It was not; the report was saved beside the store then, and the message says where.
    """
    from pgaudit.store.opening import default_store_path, open_store
    from pgaudit.store.recording import RunToRecord, record
    from pgaudit.store.reporting import with_states
    from pgaudit.store.retention import prune

    run = RunToRecord(report, taken.catalog, usage_checks, check_ms, recording.target)
    try:
        store = open_store(recording.store, audited=taken.catalog.server)
        try:
            found = record(store, run)
            prune(store)
        finally:
            store.close()
    except PgauditError as error:
        kept = _saved_beside(report, default_store_path().parent)
        advice = f"the report is in {kept}; {error.advice}" if kept else error.advice
        if isinstance(error, StoreFailed):
            raise StoreFailed(error.store, error.problem, advice) from error
        raise
    return with_states(report, found)


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
