"""`pgaudit demo --review`: the demo database reviewed in one step, the way `pgaudit review` does."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.cli.review_choices import OF_MODELS, Given, ModelChoices, chosen
from pgaudit.cli.review_delivery import Delivery, carry_out, parse_review_outputs
from pgaudit.cli.review_run import Gathered, ReviewRequest, gathered_from
from pgaudit.config import Configuration, Loaded, load_configuration
from pgaudit.demo.session import DemoServer
from pgaudit.review.documents.formats import format_named

if TYPE_CHECKING:
    from pgaudit.cli.recording import Recording
    from pgaudit.cli.terminal import Progress


def reviewed(
    given: Given,
    choices: ModelChoices,
    output: list[str],
    recording: Recording | None,
    progress: str,
    *,
    fixed: bool,
) -> int:
    """The exit code, once the review of the demo database is delivered, and recorded where that is wanted.

    The configuration of the folder is read where a model is asked: what it limits holds for the demo, too.
    """
    loaded = load_configuration(Path.cwd()) if choices.asks else Loaded(Configuration(), None)
    by = chosen(given, loaded, os.environ, reads=OF_MODELS)
    delivery = Delivery(
        wanted=format_named(by.format_name, option="--review"),
        outputs=parse_review_outputs(output),
        recording=recording,
        progress=progress,
    )
    return carry_out(partial(_gathered, fixed=fixed), choices.request(by, os.environ), delivery)


@contextlib.contextmanager
def _gathered(progress: Progress, *, fixed: bool) -> Generator[Gathered]:
    """The evidence of the demo database, which lives until the block is left."""
    with DemoServer(progress) as server:
        if fixed:
            server.apply_fixes()
        taken, report, by = server.audited()
        with gathered_from(ReviewRequest(None, None, Configuration()), taken, report, by, progress) as found:
            yield found
