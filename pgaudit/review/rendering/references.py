"""Short numbers for records, in the order in which a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pgaudit.review.evidence.records import Pack, Record, RecordKind
from pgaudit.review.layout.blocks import Block, cites_of

MOST_RUNS = 5
IN_BACKTICKS = re.compile(r"`([^`\n]+)`")
"""Code within prose, as the pages of checks mark it."""


def told(record: Record) -> str:
    """What a record says; of a check that could not run its name as well."""
    return f"{record.title}: {record.says}" if record.kind is RecordKind.SKIP else record.says


class References:
    """E1, E2 ... for the records that blocks cite."""

    def __init__(self, pack: Pack, blocks: Sequence[Block]) -> None:
        records = {record.id: record for record in pack.records}
        self._numbers: dict[str, int] = {}
        for identity in cites_of(blocks):
            if identity in records:
                self._numbers.setdefault(identity, len(self._numbers) + 1)
        self.records: list[tuple[int, Record]] = [(number, records[one]) for one, number in self._numbers.items()]

    def runs(self, cites: Iterable[str]) -> list[tuple[int, int]]:
        """The numbers of some records as runs from first to last."""
        numbers = sorted({self._numbers[one] for one in cites if one in self._numbers})
        found: list[tuple[int, int]] = []
        for one in numbers:
            if found and one == found[-1][1] + 1:
                found[-1] = (found[-1][0], one)
            else:
                found.append((one, one))
        return found

    def mark(self, cites: Iterable[str]) -> str:
        """`[E3, E7-E9]`, with a count where there are many; empty for none."""
        runs, more = self.shown(cites)
        told = [f"E{first}" if first == last else f"E{first}-E{last}" for first, last in runs]
        tail = f" and {more} more" if more else ""
        return f"[{', '.join(told)}{tail}]" if told else ""

    def shown(self, cites: Iterable[str]) -> tuple[list[tuple[int, int]], int]:
        """The runs that a reader is shown, and how many records are left out: the JSON form has them all."""
        runs = self.runs(cites)
        if len(runs) <= MOST_RUNS:
            return runs, 0
        return runs[: MOST_RUNS - 1], sum(last - first + 1 for first, last in runs[MOST_RUNS - 1 :])
