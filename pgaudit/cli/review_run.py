"""A review from its request to the finished document."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.audit.standards import Standards, standards_of
from pgaudit.cli.targets import resolve, scope_of
from pgaudit.config import Configuration
from pgaudit.errors import ConnectionLost
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.earlier import Earlier, read_earlier, with_statuses
from pgaudit.review.evidence.records import Pack
from pgaudit.review.proving import NoProver, Prover, with_proofs
from pgaudit.scanning import LiveTake, Taken, judged, picture_from_file
from pgaudit.server.target import SnapshotTarget
from pgaudit.utc import utc_text
from probes.catalog.scope import Scope
from probes.collect.session import Limits

if TYPE_CHECKING:
    from pgaudit.cli.terminal import Progress
    from pgaudit.reports.contract import Report
    from pgaudit.review.context.model import Context
    from pgaudit.review.documents.envelope import Review
    from pgaudit.review.documents.formats import Format
    from probes.catalog.catalog import Catalog
    from probes.check import Check


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """What was asked for."""

    target: str | None = field(repr=False)
    dsn: str | None = field(repr=False)
    configuration: Configuration
    context: Context | None = None
    previous: Path | None = None
    proposal: Path | None = None
    related: str | None = field(default=None, repr=False)
    shadow: bool = True
    """Whether changes are proved in a shadow database."""
    shadow_dsn: str | None = field(default=None, repr=False)
    limits: Limits | None = None
    connect_timeout_s: int = 10


def picture_of(
    target: str | None, dsn: str | None, configuration: Configuration, connect_timeout_s: int, progress: Progress
) -> Taken:
    """The picture of a target. Raises the errors of targets and connections."""
    request = ReviewRequest(target, dsn, configuration, connect_timeout_s=connect_timeout_s)
    where = resolve(target, dsn, configuration.targets)
    scope = scope_of(configuration, None, None, None, None, getattr(where, "schema", None))
    return _take(where, scope, request, progress)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence, and what it was made of."""

    pack: Pack
    catalog: Catalog
    checks: tuple[Check, ...]
    of_drafts: Prover
    """Who proves what a language model drafts, until the block of `gathered` is left; never on somebody's server."""


@contextlib.contextmanager
def gathered(request: ReviewRequest, progress: Progress) -> Generator[Gathered]:
    """The evidence for a review, with a shadow database beside it until the block is left.

    Raises the errors of targets, connections, contexts, proposals and earlier reviews.
    """
    began, started_at = time.perf_counter(), time.time()
    earlier = read_earlier(request.previous) if request.previous else None
    conf = request.configuration
    where = resolve(request.target, request.dsn, conf.targets)
    by = standards_of(conf, scope_of(conf, None, None, None, None, getattr(where, "schema", None)))
    taken = _take(where, by.scope, request, progress)
    progress.phase = "judging"
    report = judged(taken, by, started_at=started_at, began=began, progress=progress).report
    with gathered_from(request, taken, report, by, progress, earlier) as found:
        yield found


@contextlib.contextmanager
def gathered_from(
    request: ReviewRequest,
    taken: Taken,
    report: Report,
    by: Standards,
    progress: Progress,
    earlier: Earlier | None = None,
) -> Generator[Gathered]:
    """The evidence from a picture and its report, with everything that was given beside them."""
    pack = _unproved(request, taken, report, by, progress, earlier)
    progress.phase = "proving changes"
    progress("in a copy of the structure")
    ours = replace(request, shadow_dsn=None)
    with _proving(request, taken, by) as prover, _proving(ours, taken, by) as of_drafts:
        pack = with_proofs(pack, prover)
        yield Gathered(pack, taken.catalog, by.checks, of_drafts if request.shadow_dsn else prover)


def _unproved(
    request: ReviewRequest,
    taken: Taken,
    report: Report,
    by: Standards,
    progress: Progress,
    earlier: Earlier | None,
) -> Pack:
    progress.phase = "gathering evidence"
    gate = None
    if request.proposal is not None:
        from pgaudit.review.proposal.judging import judge_proposal

        today = datetime.now(UTC).date()
        gate = judge_proposal(request.proposal, taken.catalog, report.target, by, today).report
    sources = Sources(
        report=report,
        catalog=taken.catalog,
        checks=by.checks,
        context=request.context,
        gate=gate,
        related=_related(request, progress),
    )
    return with_statuses(build_pack(sources), earlier)


@contextlib.contextmanager
def _proving(request: ReviewRequest, taken: Taken, by: Standards) -> Generator[Prover]:
    """Who proves changes: a shadow database, removed when the block is left, or nobody where none was wanted."""
    if not request.shadow:
        yield NoProver("no shadow database was wanted")
        return
    from pgaudit.review.shadow.prover import ShadowProver

    with ShadowProver(taken.catalog, by.checks, by.policy, dsn=request.shadow_dsn) as prover:
        yield prover


def written(pack: Pack, wanted: Format) -> Review:
    """The review that rules write of a pack, its grounding checked."""
    from pgaudit.review.backends.offline.backend import OfflineBackend
    from pgaudit.review.deciding.decisions import decide
    from pgaudit.review.documents.envelope import reviewed
    from pgaudit.review.documents.parts import Reviewer

    document = OfflineBackend().write(pack, decide(pack), wanted)
    return reviewed(pack, wanted, document, Reviewer(), utc_text(datetime.now(UTC)))


def _take(where: object, scope: Scope, request: ReviewRequest, progress: Progress) -> Taken:
    from pgaudit.server.database_target import Target

    if isinstance(where, SnapshotTarget):
        return picture_from_file(where.path, scope)
    assert isinstance(where, Target)  # noqa: S101 - a target is one of the two
    progress.phase = "reading"
    take = LiveTake(where, request.limits or Limits(), connect_timeout_s=request.connect_timeout_s, progress=progress)
    taken = take.take(scope, dictionaries=True)
    if taken.interrupted:
        raise ConnectionLost(where.name, taken.interrupted)
    return taken


def _related(request: ReviewRequest, progress: Progress) -> tuple[str, Catalog] | None:
    if request.related is None:
        return None
    other = _take(resolve(request.related, None, request.configuration.targets), Scope(), request, progress)
    return other.name, other.catalog
