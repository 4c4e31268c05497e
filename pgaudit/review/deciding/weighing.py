"""What a finding weighs in this database, where other evidence makes it graver, or lighter, than it is as a rule."""

from __future__ import annotations

import msgspec

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.deciding.serving import HEAVY_SHARE, lookup_of, share_of
from pgaudit.review.evidence.records import Pack, Record, RecordKind
from probes.finding import Severity

_BACKUPS = frozenset({"input/rpo", "input/rto", "input/restore_test"})
_NOTICED_BYTES = 16_777_216


class Weight(msgspec.Struct, frozen=True):
    """Another severity than the check's own, and why."""

    severity: Severity
    reason: str
    cites: tuple[str, ...] = ()
    """Ids of the records that the reason rests on, beside the finding's own."""


class Weights:
    """The evidence by which findings are weighed.

    Args:
        pack: All of it.
    """

    def __init__(self, pack: Pack) -> None:
        self._heavy = [one for one in pack.of(RecordKind.QUERY) if share_of(one) >= HEAVY_SHARE]
        self._unended = {
            f"{one.object.schema}.{one.object.name}": one.id
            for one in pack.topics("partitioning/missing_future_partitions")
            if one.kind is RecordKind.FINDING and one.object
        }
        self._inputs = [one for one in pack if one.topic in _BACKUPS]

    def of(self, record: Record) -> Weight | None:
        """What the finding weighs here; None where that is what its check says."""
        match record.severity:
            case Severity.HIGH:
                return self._hardly_noticed(record)
            case Severity.MEDIUM:
                return self._no_backup(record) or self._bars_the_way(record) or self._serves_the_load(record)
            case _:
                return None

    def _hardly_noticed(self, record: Record) -> Weight | None:
        size = record.facts.get("index_bytes")
        if record.topic != "indexes/duplicate" or not isinstance(size, int) or size >= _NOTICED_BYTES:
            return None
        return Weight(Severity.MEDIUM, f"none of these indexes holds more than {bytes_in_words(_NOTICED_BYTES)}")

    def _no_backup(self, record: Record) -> Weight | None:
        told = any(one.kind is RecordKind.CONTEXT for one in self._inputs)
        if record.topic != "durability/archiving_off" or told:
            return None
        return Weight(Severity.HIGH, "nothing tells of another backup", tuple(one.id for one in self._inputs))

    def _bars_the_way(self, record: Record) -> Weight | None:
        waiting = self._unended.get(str(record.facts.get("parent_table")))
        if record.topic != "partitioning/default_partition_rows" or waiting is None:
            return None
        return Weight(Severity.HIGH, "the partitions that are missing cannot be added before", (waiting,))

    def _serves_the_load(self, record: Record) -> Weight | None:
        change = record.change
        served = [(one, way) for one in self._heavy for way in [lookup_of(change, one)] if way] if change else []
        if not served:
            return None
        share = sum(share_of(one) for one, _ in served)
        table, columns = served[0][1]
        reason = f"{share:.0%} of all execution time goes into looking {table} up by {columns}"
        return Weight(Severity.HIGH, reason, tuple(one.id for one, _ in served))
