"""A review from what was asked for to its files, its row in the store, and the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.cli.recording import Recording
from pgaudit.cli.review_run import Gathered, ReviewRequest, gathered, written
from pgaudit.cli.terminal import progress_line, remark, write_file, write_stdout
from pgaudit.errors import ExitCode, OutputNotWritable
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import RecordKind
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


@dataclass(frozen=True, slots=True)
class ModelChoices:
    """The options about a language model, as they were given."""

    model: str
    effort: str
    base_url: str | None
    seconds: int
    record: Path | None
    replay: Path | None
    redaction: str
    dry_run: bool
    show_prompt: bool
    max_cost_usd: float | None
    consents: bool

    @property
    def asks_by_itself(self) -> bool:
        """Whether they speak of a model although `--llm` is not among them."""
        return self.replay is not None or self.dry_run or self.show_prompt

    def request(self) -> ModelRequest:
        """What is asked of the model, checked. Raises BadConfiguration."""
        from pgaudit.cli.review_llm import environment_of_process, model_request

        return model_request(self, environment_of_process())


def carry_out(request: ReviewRequest, model: ModelRequest | None, delivery: Delivery) -> int:
    """Gather the evidence, have the review written, deliver and record it; gives the exit code."""
    with progress_line(delivery.progress) as line, gathered(request, line) as found:
        line.clear()
        made = _written(found, model, delivery.wanted)
    if made is None:
        return ExitCode.CLEAN
    done, ledger = made
    failed = deliver_review(done, delivery.outputs, delivery.quiet)
    if delivery.recording is not None:
        _record(done, ledger, found, delivery.recording)
    if ledger is not None and ledger.interruption is not None:
        raise ledger.interruption
    if failed:
        raise failed[0]
    return _exit_code(done, delivery)


def _written(found: Gathered, model: ModelRequest | None, wanted: Format) -> tuple[Review, Ledger | None] | None:
    """The review and what it took; None where it was only to be shown what would be sent, or nobody agreed to it."""
    if model is None:
        return written(found.pack, wanted, OfflineBackend()), None
    from platformdirs import user_data_path

    from pgaudit.cli.review_llm import written_with_model

    return written_with_model(found, wanted, model, user_data_path("pgaudit"))


def parse_review_outputs(values: list[str]) -> list[tuple[str, Path]]:
    """Form and path of each `--output`. Raises BadConfiguration or OutputNotWritable, before any work is done."""
    found = [(form_of(Path(value)), Path(value)) for value in values]
    for _, path in found:
        if not path.parent.is_dir():
            raise OutputNotWritable(path, "its folder does not exist")
    return found


def deliver_review(done: Review, outputs: list[tuple[str, Path]], quiet: int) -> list[OutputNotWritable]:
    """Write the review to its files, or as Markdown to stdout where there are none.

    Gives back the error of each file that could not be written: one never costs the others, and where none could be
    written the review goes to stdout, for it may have cost money.
    """
    failed: list[OutputNotWritable] = []
    for form, path in outputs:
        try:
            write_file(path, render(done, form))
        except OutputNotWritable as error:
            failed.append(error)
            continue
        if not quiet:
            remark(f"wrote {path}")
    if len(failed) == len(outputs):
        write_stdout(render(done, "markdown"))
    return failed


def _record(done: Review, ledger: Ledger | None, found: Gathered, recording: Recording) -> None:
    """Keep what the review took. Raises the store's error: the review is out by then."""
    from pgaudit.cli.review_recording import keep_review

    keep_review(done, ledger, found.catalog.server, recording)


def _exit_code(done: Review, delivery: Delivery) -> int:
    failing = delivery.fail_on
    if delivery.exit_zero or failing is None:
        return ExitCode.CLEAN
    found = done.evidence.of(RecordKind.FINDING)
    hit = any(one.accepted is None and one.severity and one.severity.at_least(failing) for one in found)
    return ExitCode.FINDINGS if hit else ExitCode.CLEAN
