"""What a finding weighs in this database, where other evidence makes it graver than it is anywhere."""

from __future__ import annotations

import msgspec

from pgaudit.review.deciding.serving import HEAVY_SHARE, lookup_of, share_of
from pgaudit.review.evidence.records import Pack, Record, RecordKind
from probes.finding import Severity

_BACKUPS = frozenset({"input/rpo", "input/rto", "input/restore_test"})


class Weights:
    """The evidence by which findings are weighed.

    Args:
        pack: All of it.
    """

    def __init__(self, pack: Pack) -> None:
        self._heavy = [one for one in pack.of(RecordKind.QUERY) if share_of(one) >= HEAVY_SHARE]
        self._unended = {
            f"{one.object.schema}.{one.object.name}"
            for one in pack.topics("partitioning/missing_future_partitions")
            if one.kind is RecordKind.FINDING and one.object
        }
        self._backups_are_told_of = any(one.topic in _BACKUPS for one in pack.of(RecordKind.CONTEXT))

    def of(self, record: Record) -> Record:
        """The finding as it weighs here, with the reason where that is more."""
        if record.severity is not Severity.MEDIUM:
            return record
        reason = self._no_backup(record) or self._bars_the_way(record) or self._serves_the_load(record)
        if reason is None:
            return record
        return msgspec.structs.replace(record, severity=Severity.HIGH, says=f"{record.says} ({reason})")

    def _no_backup(self, record: Record) -> str | None:
        if record.topic != "durability/archiving_off" or self._backups_are_told_of:
            return None
        return "graded HIGH here: nothing tells of another backup"

    def _bars_the_way(self, record: Record) -> str | None:
        if (
            record.topic != "partitioning/default_partition_rows"
            or record.facts.get("parent_table") not in self._unended
        ):
            return None
        return "graded HIGH here: the partitions that are missing cannot be added before"

    def _serves_the_load(self, record: Record) -> str | None:
        if record.change is None:
            return None
        share = sum(share_of(one) for one in self._heavy if lookup_of(record.change, one))
        return f"graded HIGH here: statements with {share:.0%} of all execution time look it up so" if share else None
