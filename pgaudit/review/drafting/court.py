"""What becomes of a draft: the gate, then the checks on what it would leave behind, then a shadow database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from pgaudit.audit.standards import Standards
from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.gating import gated, objection_of, verdict_of
from pgaudit.review.evidence.records import Badge, Proof, ProposedChange, Record, RecordKind
from probes.catalog.catalog import Catalog
from probes.check import Check

if TYPE_CHECKING:
    from pgaudit.migrations.gate import GateRun
    from pgaudit.review.proving import Prover

_WITHOUT_COURT = Proof(Badge.REJECTED, "nothing was there to try it on")


class Court(Protocol):
    """Who judges drafts."""

    def judged(self, sql: tuple[str, ...], records: Sequence[Record]) -> ProposedChange:
        """The draft as a change with its locks, its way back and its badge.

        Args:
            sql: Statements that say nothing but what their records bear out.
            records: The records that the draft cites.
        """
        ...


class NoCourt:
    """Where no picture of the database is at hand: every draft is rejected."""

    def judged(self, sql: tuple[str, ...], records: Sequence[Record]) -> ProposedChange:  # noqa: ARG002 - the protocol's
        """REJECTED, everything."""
        return ProposedChange(sql, proof=_WITHOUT_COURT)


class DraftCourt:
    """Judges drafts as our own fixes are judged, and more strictly.

    Args:
        catalog: The audited database.
        checks: Those that were asked for.
        prover: Runs statements where they can do no harm.
    """

    def __init__(self, catalog: Catalog, checks: Sequence[Check], prover: Prover) -> None:
        self._catalog = catalog
        self._checks = tuple(checks)
        self._prover = prover

    def judged(self, sql: tuple[str, ...], records: Sequence[Record]) -> ProposedChange:
        """The draft as a change, REJECTED by the first of the three that it does not pass."""
        run = gated(sql, self._catalog)
        transactional = not any(one.effects.requires_no_transaction for one in run.statements)
        change = with_effects(ProposedChange(sql, transactional), self._catalog)
        rejected = self._rejection(run)
        if rejected is not None:
            proof = Proof(Badge.REJECTED, rejected)
        else:
            head = _head(records)
            record = msgspec.structs.replace(head, change=change)
            proof = self._prover.prove([record]).get(record.id, change.proof)
        return msgspec.structs.replace(change, proof=msgspec.structs.replace(proof, gate=verdict_of(run)))

    def _rejection(self, run: GateRun) -> str | None:
        objection = objection_of(run)
        if objection is not None:
            return objection
        left = self._left_behind(run)
        return f"it would leave behind: {'; '.join(left)}" if left else None

    def _left_behind(self, run: GateRun) -> list[str]:
        """Titles of the checks that find something new in what the draft would leave."""
        from pgaudit.migrations.leaves import introduced_and_resolved  # noqa: PLC0415 - loaded when it is needed

        if run.after is None:
            return []
        by, today = Standards(self._checks), datetime.now(UTC).date()
        introduced, _ = introduced_and_resolved(self._catalog, run.after, by, today)
        titles = {check.id: check.title for check in self._checks}
        return list(dict.fromkeys(titles.get(one.check, one.check) for one in introduced))


def _head(records: Sequence[Record]) -> Record:
    """The record that the draft is to mend: a finding where one is cited."""
    return next((one for one in records if one.kind is RecordKind.FINDING), records[0])
