"""The backend that asks nobody."""

from __future__ import annotations

from typing import assert_never

from pgaudit.review.backends.offline.authority import authority
from pgaudit.review.backends.offline.card import plan, position_card
from pgaudit.review.backends.offline.checklist import checklist
from pgaudit.review.backends.offline.desk import Desk
from pgaudit.review.backends.offline.expert import diagnosis, expert_answer
from pgaudit.review.backends.offline.panel import panel
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
            case Format.PANEL:
                return panel(desk)
            case Format.CARD:
                return position_card(desk)
            case Format.PLAN:
                return plan(desk)
            case Format.CHECKLIST:
                return checklist(desk)
            case Format.EXPERT:
                return expert_answer(desk)
            case Format.DIAGNOSIS:
                return diagnosis(desk)
            case _:
                assert_never(wanted)
