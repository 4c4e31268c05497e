"""The smaller formats as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pgaudit.review.layout.blocks import Block


def other_blocks(document: Any) -> Iterator[Block]:
    """The blocks of a document that is no authority review."""
    raise NotImplementedError(type(document).__name__)
