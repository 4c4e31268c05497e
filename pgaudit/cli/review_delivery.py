"""A review from what was asked for to its files, its row in the store, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.cli.recording import Recording
from pgaudit.cli.review_run import Gathered, written
from pgaudit.cli.terminal import Progress, progress_line, remark, write_file, write_stdout
from pgaudit.errors import ExitCode, OutputNotWritable
from pgaudit.reports.escaping import printable
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Pack, RecordKind
from pgaudit.review.proving import NO_SHADOW
from pgaudit.review.rendering.registry import form_of, render
from probes.finding import Severity

if TYPE_CHECKING:
    from pgaudit.cli.review_llm import ModelRequest
    from pgaudit.review.backends.anthropic.ledger import Ledger
    from pgaudit.review.documents.envelope import Review


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of the review."""

    wanted: Format
    outputs: list[tuple[str, Path]]
    """Form and path of each file; Markdown goes to stdout where there is none."""
    fail_on: Severity | None = None
    exit_zero: bool = False
    recording: Recording | None = None
    progress: str = "auto"
    quiet: int = 0


def carry_out(
    gather: Callable[[Progress], AbstractContextManager[Gathered]], model: ModelRequest | None, delivery: Delivery
) -> int:
    """Gather the evidence, have the review written, deliver and record it; gives the exit code."""
    with progress_line(delivery.progress) as line, gather(line) as found:
        line.clear()
        _tell_unproved(found.pack, delivery.quiet)
        made = _written(found, model, delivery.wanted, line)
        if made is None:
            return ExitCode.CLEAN
        # out and kept before a shadow database is removed: that may fail, and this may have cost money
        done, ledger = made
        failed = deliver_review(done, delivery.outputs, delivery.quiet)
        if delivery.recording is not None:
            _record(done, ledger, found, delivery.recording, delivery.quiet)
    if ledger is not None and ledger.interruption is not None:
        raise ledger.interruption
    if failed:
        raise failed[0]
    return _exit_code(done, delivery)


def _tell_unproved(pack: Pack, quiet: int) -> None:
    """Say why nothing could be proved where a shadow database was wanted and there is none."""
    proofs = [record.change.proof for record in pack.records if record.change]
    reasons = dict.fromkeys(one.reason for one in proofs if one.reason and one.reason.startswith(NO_SHADOW))
    for reason in () if quiet else reasons:
        remark(f"{reason}: changes stay UNPROVEN")


def _written(
    found: Gathered, model: ModelRequest | None, wanted: Format, progress: Progress
) -> tuple[Review, Ledger | None] | None:
    """The review and what it took; None where it was only to be shown what would be sent, or nobody agreed to it."""
    if model is None:
        return written(found.pack, wanted), None
    from platformdirs import user_data_path

    from pgaudit.cli.review_llm import written_with_model

    return written_with_model(found, wanted, model, user_data_path("pgaudit"), progress)


def parse_review_outputs(values: list[str]) -> list[tuple[str, Path]]:
    """Form and path of each `--output`. Raises BadConfiguration or OutputNotWritable, before any work is done."""
    found = [(form_of(Path(value)), Path(value)) for value in values]
    for _, path in found:
        if not path.parent.is_dir():
            raise OutputNotWritable(path, "its folder does not exist")
    return found


def deliver_review(done: Review, outputs: list[tuple[str, Path]], quiet: int) -> list[OutputNotWritable]:
    """Write the review to its files, or as Markdown to stdout; gives back the error of each that was not written."""
    return deliver_document(lambda form: render(done, form), outputs, quiet)


def deliver_document(
    text_in: Callable[[str], str], outputs: list[tuple[str, Path]], quiet: int
) -> list[OutputNotWritable]:
    """Write a document to its files, or as Markdown to stdout where there are none.

    Gives back the error of each file that could not be written: one never costs the others, and where none could be
    written the document goes to stdout, for it may have cost money.
    """
    failed: list[OutputNotWritable] = []
    for form, path in outputs:
        try:
            write_file(path, text_in(form))
        except OutputNotWritable as error:
            failed.append(error)
            continue
        if not quiet:
            remark(f"wrote {path}")
    if len(failed) == len(outputs):
        write_stdout(text_in("markdown"))
    return failed


def _record(done: Review, ledger: Ledger | None, found: Gathered, recording: Recording, quiet: int) -> None:
    """Keep what the review took and came to. Raises the store's error: the review is out by then."""
    from pgaudit.cli.review_recording import keep_review

    kept = keep_review(done, ledger, found.catalog.server, recording)
    if not quiet:
        remark(f"recorded as {printable(kept.target)}; `pgaudit history --reviews` lists what was recorded")


def _exit_code(done: Review, delivery: Delivery) -> int:
    failing = delivery.fail_on
    if delivery.exit_zero or failing is None:
        return ExitCode.CLEAN
    found = done.evidence.of(RecordKind.FINDING)
    hit = any(one.accepted is None and one.severity and one.severity.at_least(failing) for one in found)
    return ExitCode.FINDINGS if hit else ExitCode.CLEAN
