"""The demo database's evidence, taken once; reviews of it are pure functions of that."""

from __future__ import annotations

import pytest

from pgaudit.demo.session import DemoServer
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import Pack


def ignored(_step: str) -> None:
    """Progress that nobody sees."""


@pytest.fixture(scope="session")
def demo_pack() -> Pack:
    with DemoServer(ignored) as server:
        taken, report, checks = server.audited()
    return build_pack(Sources(report=report, catalog=taken.catalog, checks=checks))
