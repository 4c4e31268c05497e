"""The protocol of whoever proves proposed SQL, and how its proofs reach the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from pgaudit.review.evidence.records import Badge, Pack, Proof, Record


class Prover(Protocol):
    """Runs proposed SQL where it can do no harm."""

    def prove(self, records: Sequence[Record]) -> Mapping[str, Proof]:
        """A proof for the `change` of each record, by record id; those that it leaves out stay UNPROVEN.

        Args:
            records: Records that have a `change`, in the order in which the changes would run.
        """
        ...


NO_SHADOW = "no shadow database could be made"
"""How a reason begins where one was wanted and there is none."""


class NoProver:
    """Where no shadow database was built."""

    def __init__(self, reason: str = "no shadow database was built") -> None:
        self._reason = reason

    def prove(self, records: Sequence[Record]) -> Mapping[str, Proof]:
        """UNPROVEN, everything."""
        return {record.id: Proof(Badge.UNPROVEN, self._reason) for record in records}


def with_proofs(pack: Pack, prover: Prover) -> Pack:
    """The pack with what was proved of each change."""
    proofs = prover.prove([record for record in pack.records if record.change])
    return msgspec.structs.replace(pack, records=tuple(_proved(record, proofs) for record in pack.records))


def _proved(record: Record, proofs: Mapping[str, Proof]) -> Record:
    proof = proofs.get(record.id)
    if record.change is None or proof is None:
        return record
    proof = msgspec.structs.replace(proof, gate=proof.gate or record.change.proof.gate)
    return msgspec.structs.replace(record, change=msgspec.structs.replace(record.change, proof=proof))
