"""A question from its request to the finished answer."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pgaudit.audit.standards import Standards, standards_of
from pgaudit.cli.review_choices import OF_EVIDENCE, Given, chosen
from pgaudit.cli.review_run import picture_of
from pgaudit.cli.terminal import remark
from pgaudit.config import Configuration, load_configuration
from pgaudit.errors import BadConfiguration
from pgaudit.review.asking.answer import Answer, Answered, answered
from pgaudit.review.context.reading import read_context
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Pack, Record
from pgaudit.review.proving import NO_SHADOW, NoProver, with_proofs
from pgaudit.scanning import Taken, judged, report_target
from pgaudit.utc import utc_text

if TYPE_CHECKING:
    from pgaudit.cli.terminal import Progress
    from pgaudit.reports.contract import Report
    from pgaudit.reports.gate_contract import GateReport
    from pgaudit.review.backends.offline.desk import Desk
    from pgaudit.review.context.model import Context
    from pgaudit.review.shadow.server import ShadowServer
    from probes.catalog.catalog import Catalog

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What every question has."""

    target: str | None
    dsn: str | None
    configuration: Configuration
    context: Path | None = None
    shadow_dsn: str | None = field(default=None, repr=False)
    shadow: bool = True
    connect_timeout_s: int = 10
    quiet: bool = False
    """Whether nothing is said of a server for copies that is not there: the answer tells it too."""


def ask_request(
    target: str | None,
    dsn: str | None,
    config: Path | None,
    context: Path | None,
    shadow_dsn: str | None,
    connect_timeout_s: int,
    *,
    shadow: bool,
    isolated: bool,
    quiet: bool,
) -> AskRequest:
    """What was asked for, completed by `[review]` of the project. Raises BadConfiguration and BadTarget."""
    loaded = load_configuration(Path.cwd(), explicit=config, isolated=isolated)
    given = Given(context=context, shadow_dsn=shadow_dsn, shadow=shadow)
    by = chosen(given, loaded, os.environ, reads=OF_EVIDENCE)
    return AskRequest(target, dsn, loaded.configuration, by.context, by.shadow_dsn, shadow, connect_timeout_s, quiet)


@dataclass(frozen=True, slots=True)
class Audited:
    """The audited database: what every answer begins with."""

    taken: Taken
    report: Report
    by: Standards
    context: Context | None = None

    @property
    def catalog(self) -> Catalog:
        """The picture."""
        return self.taken.catalog

    def pack(self, gate: GateReport | None = None) -> Pack:
        """All evidence."""
        return build_pack(Sources(self.report, self.catalog, self.by.checks, context=self.context, gate=gate))


def audited(request: AskRequest, progress: Progress, asks: Callable[[Taken, Standards], T]) -> tuple[Audited, T]:
    """The database, looked at and judged, and what the question is about.

    Args:
        request: What was asked for.
        progress: Where steps are told.
        asks: Looks for what the question is about; what it raises ends the run before anything is judged.
    """
    context = read_context(request.context) if request.context else None
    conf = request.configuration
    began, started_at = time.perf_counter(), time.time()
    taken = picture_of(request.target, request.dsn, conf, request.connect_timeout_s, progress)
    by = standards_of(conf, taken.catalog.scope)
    subject = asks(taken, by)
    progress.phase = "judging"
    report = judged(taken, by, started_at=started_at, began=began, progress=progress).report
    return Audited(taken, report, by, context), subject


def answer_about_query(request: AskRequest, queryid: str | None, progress: Progress) -> Answered:
    """The answer about a statement. Raises the errors of targets, NoStatements, and BadConfiguration."""
    from pgaudit.review.asking.query import query_evidence
    from pgaudit.review.asking.query_answer import query_answer
    from pgaudit.review.asking.query_evidence import with_plan_told
    from pgaudit.review.asking.statements import asked_statement

    seen, statement = audited(request, progress, lambda taken, _: asked_statement(taken.catalog, queryid))
    with _shadow(request, seen.catalog, progress) as server:
        progress.phase = "planning in a synthetic copy"
        pack = query_evidence(seen.catalog, seen.pack(), statement, server)
        return written(with_plan_told(proved(pack, seen, server, progress)), query_answer)


def answer_about_migration(request: AskRequest, path: Path, progress: Progress) -> Answered:
    """The answer about a migration. Raises the errors of targets and of reading migrations, and BadConfiguration."""
    from pgaudit.review.asking.migration import is_tried, judged_migration, migration_evidence, with_trials_told
    from pgaudit.review.asking.migration_answer import migration_answer

    today = datetime.now(UTC).date()
    if not path.exists():
        raise BadConfiguration("FILE", f"{path} is not there", "name a SQL file or a folder of migrations")
    seen, found = audited(
        request, progress, lambda taken, by: judged_migration(path, taken.catalog, report_target(taken), by, today)
    )
    pack = migration_evidence(seen.catalog, seen.pack(found.report), found, today)
    with _shadow(request, seen.catalog, progress) as server:
        return written(with_trials_told(proved(pack, seen, server, progress, is_tried)), migration_answer)


def answer_about_schema(request: AskRequest, name: str, progress: Progress) -> Answered:
    """The answer about a table's design. Raises the errors of targets, and BadConfiguration."""
    from pgaudit.review.asking.schema import entity, schema_evidence, with_definition
    from pgaudit.review.asking.schema_answer import schema_answer

    seen, table = audited(request, progress, lambda taken, _: entity(taken.catalog, name))
    pack = schema_evidence(seen.catalog, seen.pack(), table)
    with _shadow(request, seen.catalog, progress) as server:
        pack = proved(pack, seen, server, progress)
    return written(with_definition(seen.catalog, pack, table), schema_answer)


def proved(
    pack: Pack,
    seen: Audited,
    server: ShadowServer | str,
    progress: Progress,
    wanted: Callable[[Record], bool] = lambda _: True,
) -> Pack:
    """The pack with what the shadow proved of the changes that are wanted to be tried."""
    progress.phase = "proving changes"
    tried = msgspec.structs.replace(pack, records=tuple(one for one in pack.records if wanted(one)))
    if isinstance(server, str):
        told = with_proofs(tried, NoProver(server))
    else:
        from pgaudit.review.shadow.prover import ShadowProver

        with ShadowProver(seen.catalog, seen.by.checks, seen.by.policy, server=server) as prover:
            told = with_proofs(tried, prover)
    proofs = {one.id: one for one in told.records}
    return msgspec.structs.replace(pack, records=tuple(proofs.get(one.id, one) for one in pack.records))


def written(pack: Pack, write: Callable[[Desk], Answer]) -> Answered:
    """The answer that is written of a pack, its grounding checked."""
    from pgaudit.review.backends.offline.desk import Desk
    from pgaudit.review.deciding.decisions import decide

    now = utc_text(datetime.now(UTC))
    return answered(pack, write(Desk(pack, decide(pack))), now)


@contextlib.contextmanager
def _shadow(request: AskRequest, catalog: Catalog, progress: Progress) -> Generator[ShadowServer | str]:
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
            server = f"{NO_SHADOW}: {error.happened}"
        except psycopg.Error as error:
            server = f"{NO_SHADOW}: {error.diag.message_primary or type(error).__name__}"
        if isinstance(server, str):
            progress.clear()
        if isinstance(server, str) and not request.quiet:
            remark(f"{server}: nothing is proved")
        yield server
