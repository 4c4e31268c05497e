"""The backend that asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pgaudit.review.backends.offline.authority import authority
from pgaudit.review.backends.offline.card import plan, position_card
from pgaudit.review.backends.offline.checklist import checklist
from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.backends.offline.diagnosis import diagnosis
from pgaudit.review.backends.offline.expert import expert_answer
from pgaudit.review.backends.offline.panel import panel
from pgaudit.review.deciding.decisions import Decisions
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.formats import Format
from pgaudit.review.evidence.records import Pack


class OfflineBackend:
    """Writes every format by rules. The same pack always gives the same document."""

    def write(self, pack: Pack, decisions: Decisions, wanted: Format) -> Document:
        """The document of a format."""
        return _WRITERS[wanted](Desk(pack, decisions))


_WRITERS: Mapping[Format, Callable[[Desk], Document]] = {
    Format.AUTHORITY: authority,
    Format.PANEL: panel,
    Format.CARD: position_card,
    Format.PLAN: plan,
    Format.CHECKLIST: checklist,
    Format.EXPERT: expert_answer,
    Format.DIAGNOSIS: diagnosis,
}
