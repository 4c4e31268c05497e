"""What every backend is: evidence and decisions in, a whole document out."""

from __future__ import annotations

from typing import Protocol

from pgaudit.review.deciding.decisions import Decisions
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Pack


class Backend(Protocol):
    """Writes reviews. Severities, score, verdict and the set of issues are the decisions' and are never its own."""

    def write(self, pack: Pack, decisions: Decisions, wanted: Format) -> Document:
        """The document of a format.

        A backend that asks a model starts from what the offline backend writes and exchanges prose, section by
        section; a section that fails stays as the rules wrote it, with the reason in its `reviewer`.
        """
        ...
