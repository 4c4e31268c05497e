"""Servers of these tests' own: rich databases need roles, and what roles are there is part of what is rebuilt."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.servers import Server, private_cluster


class Clusters:
    """A server for each major version that was asked for."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._started: dict[int, Server] = {}

    def get(self, major: int) -> Server:
        if major not in self._started:
            cluster = self._stack.enter_context(private_cluster(major))
            self._started[major] = Server(major, cluster.dsn, "private")
        return self._started[major]


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    with contextlib.ExitStack() as stack:
        yield Clusters(stack)


@pytest.fixture
def server(clusters: Clusters, pg_major: int) -> Server:
    """A server that these tests have for themselves."""
    return clusters.get(pg_major)
