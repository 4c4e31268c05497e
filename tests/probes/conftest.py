"""The rich databases are what the collector and the catalog are tried on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.probes.collect.conftest import Rich, RichPool


@pytest.fixture(scope="session")
def rich_pool() -> Iterator[RichPool]:
    with contextlib.ExitStack() as stack:
        yield RichPool(stack)


@pytest.fixture
def rich(rich_pool: RichPool, pg_major: int) -> Rich:
    """A database with one of everything, and its picture; not to be changed."""
    return rich_pool.get(pg_major)
