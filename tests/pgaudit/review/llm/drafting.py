"""A database with one planted fault, a court in front of a shadow of it, and models that draft SQL against it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pgaudit.audit.selection import selected
from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.drafting.court import DraftCourt
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Pack
from pgaudit.review.proving import NoProver, Prover, with_proofs
from pgaudit.review.redaction.wire import Redaction, Redactor
from pgaudit.review.shadow.prover import ShadowProver
from pgaudit.review.shadow.server import ShadowServer
from pgaudit.scanning import judge, report_of
from probes.catalog.catalog import Catalog
from probes.check import Check, built_in_checks
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step
from tests.pgaudit.review.llm.models import SECRET, evidence, no_sleep
from tests.pgaudit.review.packs import take
from tests.servers import Database

FAULT = "indexes/unindexed_foreign_key"
SCHEMA = """
create schema app;
create table app.owners (id bigint primary key);
create table app.things (id bigint primary key, owner_id bigint not null references app.owners, note text);
insert into app.owners select generate_series(1, 3);
insert into app.things select g, 1, 'what is written there' from generate_series(1, 40000) as g;
analyze app.things
"""


@dataclass(frozen=True)
class Bench:
    """A database's evidence and who judges drafts about it."""

    pack: Pack
    catalog: Catalog
    checks: tuple[Check, ...]
    prover: Prover

    def backend(self, api: FakeApi, level: Redaction = Redaction.NAMES, *, shadow: bool = True) -> ModelBackend:
        """The real backend and the real SDK, in front of the fake."""
        prover = self.prover if shadow else NoProver("no shadow database was wanted")
        court = DraftCourt(self.catalog, self.checks, prover)
        caller = AnthropicCaller(KEY, api.url, sleep=no_sleep)
        return ModelBackend(caller, Redactor(self.pack, level, SECRET), Settings(), court=court)


@contextmanager
def bench_of(database: Database, shadows: ShadowServer) -> Iterator[Bench]:
    """The bench of a database that holds `SCHEMA`."""
    checks = selected(built_in_checks(), [], [], "default")
    taken = take(database.dsn)
    report = report_of(taken, judge(taken, checks), checks, started_at=time.time(), began=time.perf_counter())
    with ShadowProver(taken.catalog, checks, server=shadows) as prover:
        pack = with_proofs(build_pack(Sources(report, taken.catalog, checks)), prover)
        yield Bench(pack, taken.catalog, checks, prover)


def drafting(*sql: str, why: str = "") -> Callable[[dict[str, Any]], Step]:
    """A model that says nothing, and drafts these statements wherever it is shown the fault and may draft."""

    def respond(body: dict[str, Any]) -> Step:
        may = body["messages"][0]["content"][1]["text"].endswith("Changes may be drafted.")
        shown = [one for one in evidence(body) if one["topic"] == FAULT]
        changes = [
            {
                "sql": list(sql),
                "why": why or f"What `{one['object']}` refers to goes only after a look at every row of it.",
                "evidence_ids": [one["id"]],
            }
            for one in shown
            if may
        ]
        return Step(json.dumps({"basis": "one fault", "statements": [], "changes": changes}))

    return respond
