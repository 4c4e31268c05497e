"""An audit that came to nothing: recorded as failed, and told to whoever is told of changes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pgaudit.cli.terminal import remark
from pgaudit.errors import ExitCode, Interrupted, PgauditError

if TYPE_CHECKING:
    from pgaudit.cli.recording import Recording
    from pgaudit.store.failing import Failure


@contextmanager
def failures_told(recording: Recording | None, target: str, started_at: float) -> Generator[None]:
    """Record and tell an error that ends the block, before it goes on. Whoever presses Ctrl-C knows already.

    Args:
        recording: Where runs are kept and who is told; None where nothing is.
        target: The name of the target where the recording has none of its own.
        started_at: Wall clock at the start, seconds since 1970.
    """
    try:
        yield
    except Exception as error:
        is_by_hand = isinstance(error, Interrupted) and error.exit_code is ExitCode.SIGINT
        if recording is not None and not is_by_hand:
            _tell(recording, _failure(error, recording.target or target, started_at))
        raise


def _failure(error: Exception, target: str, started_at: float) -> Failure:
    from pgaudit.store.failing import Failure

    # What another error says of itself may hold anything: its name will do.
    problem = error.happened if isinstance(error, PgauditError) else f"{type(error).__name__}, a mistake in pgaudit"
    return Failure(target, datetime.fromtimestamp(started_at, UTC), problem)


def _tell(recording: Recording, failure: Failure) -> None:
    """Nothing of this may take the place of the error that it is about."""
    from pgaudit.notify.message import message_of_failure
    from pgaudit.notify.outbox import deliver, post_failure, send_at_once
    from pgaudit.store.failing import record_failure
    from pgaudit.store.opening import open_store

    channels = recording.channels
    try:
        store = open_store(recording.store, must_exist=True)
        try:
            record_failure(store, failure, lambda connection, found: post_failure(connection, failure, found, channels))
            problems = deliver(store, failure.target, channels)
        finally:
            store.close()
    except PgauditError as error:  # without a store nobody knows what was told before: silence would be worse
        remark(f"that the audit failed was not recorded: {error}")
        problems = send_at_once(message_of_failure(failure, None), channels)
    for problem in problems:
        remark(problem)
