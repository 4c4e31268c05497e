"""Whole reviews against files that somebody has read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pgaudit.review.golden_files import expected


@pytest.mark.parametrize("path", sorted(expected()), ids=lambda path: path.name)
def test_a_review_is_as_it_was_read(path: Path) -> None:
    assert path.read_bytes().decode() == expected()[path]
