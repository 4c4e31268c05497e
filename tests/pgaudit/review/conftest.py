"""The demo database's evidence, taken once and proved; then what became of it when the plan was carried out."""

from __future__ import annotations

import pytest

from pgaudit.demo.session import DemoServer
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Pack
from pgaudit.review.proving import with_proofs
from pgaudit.review.shadow.prover import ShadowProver
from tests.pgaudit.review.carrying_out import CarriedOut, carry_back, carry_out


def ignored(_step: str) -> None:
    """Progress that nobody sees."""


@pytest.fixture(scope="session")
def carried_out() -> CarriedOut:
    with DemoServer(ignored) as server:
        taken, report, by = server.audited()
        with ShadowProver(taken.catalog, by.checks, by.policy) as prover:
            before = with_proofs(build_pack(Sources(report=report, catalog=taken.catalog, checks=by.checks)), prover)
        refused, answers = carry_out(before, server.dsn)
        taken, report, by = server.audited()
        after = build_pack(Sources(report=report, catalog=taken.catalog, checks=by.checks))
        return CarriedOut(before, after, refused, answers, carry_back(before, server.dsn))


@pytest.fixture(scope="session")
def demo_pack(carried_out: CarriedOut) -> Pack:
    return carried_out.before
