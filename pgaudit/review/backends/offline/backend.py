"""The backend that asks nobody."""

from __future__ import annotations

from pgaudit.review.backends.offline.authority import authority
from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.deciding.decisions import Decisions
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Pack


class OfflineBackend:
    """Writes every format by rules. The same pack always gives the same document."""

    def write(self, pack: Pack, decisions: Decisions, wanted: Format) -> Document:
        """The document of a format."""
        desk = Desk(pack, decisions)
        match wanted:
            case Format.AUTHORITY:
                return authority(desk)
            case _:
                raise NotImplementedError(wanted)
