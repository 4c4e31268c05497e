"""The facts about the server that every picture carries."""

from __future__ import annotations

import msgspec


class Server(msgspec.Struct, frozen=True, gc=False):
    """Where and when a catalog was taken. Times are seconds since 1970, by the server's clock."""

    version_num: int
    version: str
    """As the server prints it, such as `16.14`."""
    database: str
    database_oid: int
    role: str
    role_oid: int
    superuser: bool
    in_recovery: bool
    block_size: int
    max_identifier_length: int
    encoding: str
    collected_at: float
    started_at: float
    stats_reset_at: float | None
    """When the database's counters were last reset, where that is known; never earlier than they can really be."""
    statements_schema: str | None = None
    """The schema pg_stat_statements is installed in, where it is."""
    provider: str | None = None
    """The managed service it belongs to, a value of `Provider`; None for a server of one's own."""
    merged_nodes: int = 0
    """How many other nodes' usage counters were added."""
    search_path: str = ""
    timezone: str = ""

    @property
    def major(self) -> int:
        """13 to 18."""
        return self.version_num // 10000

    @property
    def counters_age_seconds(self) -> float:
        """How long counters have been counting, at most: since the reset or the start, whichever was later."""
        since = max(self.started_at, self.stats_reset_at or 0.0)
        return max(0.0, self.collected_at - since)
