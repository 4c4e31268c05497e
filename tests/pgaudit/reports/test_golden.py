"""Whole reports, compared with the files that a reader can open."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgaudit.reports.registry import FORMATS
from tests.pgaudit.reports.golden_files import SUFFIXES, expected

EXPECTED = expected()


@pytest.mark.parametrize("path", sorted(EXPECTED), ids=lambda path: path.name)
def test_the_report_is_as_it_was(path: Path) -> None:
    assert path.read_bytes().decode() == EXPECTED[path]


def test_every_format_has_its_files() -> None:
    assert set(SUFFIXES) == set(FORMATS) - {"json-v1"}
