"""A question from its request to the finished answer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.audit.plugins import all_checks
from pgaudit.audit.policy import policy_of
from pgaudit.audit.selection import selected
from pgaudit.audit.suppression import suppress
from pgaudit.cli.review_run import picture_of
from pgaudit.config import load_configuration
from pgaudit.review.asking.answer import Answer, Answered, answered
from pgaudit.review.context.reading import read_context
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Pack
from pgaudit.review.proving import NoProver, with_proofs
from pgaudit.scanning import Taken, judge, report_of

if TYPE_CHECKING:
    from pgaudit.audit.run import Policy
    from pgaudit.cli.terminal import Progress
    from pgaudit.reports.contract import Report
    from pgaudit.review.backends.offline.desk import Desk
    from pgaudit.review.context.model import Context
    from pgaudit.review.shadow.server import ShadowServer
    from probes.catalog.catalog import Catalog
    from probes.check import Check


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What every question has."""

    target: str | None
    dsn: str | None
    config: Path | None = None
    context: Path | None = None
    shadow_dsn: str | None = None
    shadow: bool = True
    connect_timeout_s: int = 10
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Audited:
    """The audited database: what every answer begins with."""

    taken: Taken
    report: Report
    checks: tuple[Check, ...]
    policy: Policy | None = None
    context: Context | None = None

    @property
    def catalog(self) -> Catalog:
        """The picture."""
        return self.taken.catalog

    def pack(self) -> Pack:
        """All evidence."""
        return build_pack(Sources(self.report, self.catalog, self.checks, context=self.context))


def audited(request: AskRequest, progress: Progress, asks: Callable[[Catalog], object]) -> Audited:
    """The database, looked at and judged.

    Args:
        request: What was asked for.
        progress: Where steps are told.
        asks: Looks for what the question is about; what it raises ends the run before anything is judged.
    """
    context = read_context(request.context) if request.context else None
    conf = load_configuration(Path.cwd(), explicit=request.config, isolated=request.isolated).configuration
    began, started_at = time.perf_counter(), time.time()
    everything = all_checks()
    checks = selected(everything, conf.select, conf.ignore, conf.profile)
    taken = picture_of(request.target, request.dsn, conf, request.connect_timeout_s, progress)
    asks(taken.catalog)
    progress.phase = "judging"
    policy = policy_of(conf.checks, everything)
    outcome = judge(taken, checks, policy, progress)
    marked = suppress(outcome.findings, conf.suppress, taken.catalog, datetime.fromtimestamp(started_at, UTC).date())
    outcome = msgspec.structs.replace(outcome, findings=marked.findings)
    report = report_of(taken, outcome, checks, started_at=started_at, began=began)
    return Audited(taken, report, checks, policy, context)


def answer_about_query(request: AskRequest, queryid: str | None, progress: Progress) -> Answered:
    """The answer about a statement. Raises the errors of targets, NoStatements, and BadConfiguration."""
    from pgaudit.review.asking.query import query_evidence
    from pgaudit.review.asking.query_answer import query_answer
    from pgaudit.review.asking.query_evidence import with_plan_told
    from pgaudit.review.asking.statements import asked_statement

    seen = audited(request, progress, lambda catalog: asked_statement(catalog, queryid))
    with _shadow(request, seen.catalog) as server:
        progress.phase = "planning in a synthetic copy"
        pack = query_evidence(seen.catalog, seen.pack(), asked_statement(seen.catalog, queryid), server)
        return written(with_plan_told(proved(pack, seen, server, progress)), query_answer)


def proved(pack: Pack, seen: Audited, server: ShadowServer | str, progress: Progress) -> Pack:
    """The pack with what the shadow proved of its changes."""
    progress.phase = "proving changes"
    if isinstance(server, str):
        return with_proofs(pack, NoProver(server))
    from pgaudit.review.shadow.prover import ShadowProver

    with ShadowProver(seen.catalog, seen.checks, seen.policy, server=server) as prover:
        return with_proofs(pack, prover)


def written(pack: Pack, write: Callable[[Desk], Answer]) -> Answered:
    """The answer that is written of a pack, its grounding checked."""
    from pgaudit.review.backends.offline.desk import Desk
    from pgaudit.review.deciding.decisions import decide

    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return answered(pack, write(Desk(pack, decide(pack))), now)


@contextlib.contextmanager
def _shadow(request: AskRequest, catalog: Catalog) -> Generator[ShadowServer | str]:
    """A server for copies, or why there is none."""
    if not request.shadow:
        yield "no shadow database was wanted"
        return
    import psycopg

    from pgaudit.errors import PgauditError
    from pgaudit.review.shadow.server import shadow_server

    with contextlib.ExitStack() as stack:
        try:
            server: ShadowServer | str = stack.enter_context(
                shadow_server(catalog.server.major, dsn=request.shadow_dsn)
            )
        except PgauditError as error:
            server = f"no shadow database could be made: {error.happened}"
        except psycopg.Error as error:
            server = f"no shadow database could be made: {error.diag.message_primary or type(error).__name__}"
        yield server
