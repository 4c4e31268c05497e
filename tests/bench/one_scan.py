"""One scan in a process of its own, so that its memory can be told: `python -m tests.bench.one_scan CONNINFO [watch]`.

Prints what it took as JSON. With `watch` the backends' memory is sampled, which costs time: such a run is not timed.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg

from pgaudit.audit.run import run_checks
from probes.check import built_in_checks
from probes.collect.collector import Collector
from tests.bench.measure import cpu_seconds_of, peak_resident_bytes, private_bytes_of

_SAMPLE_EVERY_S = 0.02
FIRST_RELEASE = frozenset(
    {
        "indexes/unindexed_foreign_key",
        "indexes/duplicate",
        "indexes/redundant_prefix",
        "indexes/invalid",
        "indexes/unused",
        "constraints/missing_primary_key",
        "constraints/not_validated",
        "constraints/not_enforced",
        "constraints/foreign_key_type_mismatch",
        "schema/type_timestamp_without_tz",
        "schema/money_as_float",
        "security/rls_disabled_exposed_table",
        "security/policy_always_true",
        "security/owner_bypasses_rls",
        "security/view_runs_as_owner",
        "security/definer_path_unsafe",
        "security/public_can_create_in_schema",
        "security/hba_trust_or_password",
        "sequences/near_exhaustion",
        "vacuum/xid_wraparound_database",
        "workload/slow_queries",
        "config/timeouts_unset",
        "config/file_errors",
        "sessions/idle_in_transaction",
        "durability/collation_version_mismatch",
        "versions/major_eol",
    }
)
"""The checks for which the budgets were set; every further one costs the client time and the server none."""


class _Watched(psycopg.Connection[Any]):
    """A connection whose backend is looked at once more before it ends."""

    before_closing: Callable[[], None] | None = None

    def close(self) -> None:
        """Close it."""
        if self.before_closing is not None and not self.closed:
            self.before_closing()
        super().close()


class Backends:
    """The server processes that served the scan, one after the other."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._open: list[psycopg.Connection[Any]] = []
        self.private_bytes = 0
        self._cpu_seconds: dict[int, float] = {}

    def connect(self) -> psycopg.Connection[Any]:
        """A new connection, as `pgaudit.server.connect` opens it."""
        connection = _Watched.connect(self._conninfo, autocommit=True, prepare_threshold=None)
        connection.before_closing = partial(self.look, at_memory=False)
        self._open.append(connection)
        return connection

    def look(self, *, at_memory: bool) -> None:
        """Read the counters of those that are alive."""
        for connection in self._open:
            if connection.closed:
                continue
            pid = connection.info.backend_pid
            try:
                self._cpu_seconds[pid] = cpu_seconds_of(pid)
                if at_memory:
                    self.private_bytes = max(self.private_bytes, private_bytes_of(pid))
            except (OSError, StopIteration):
                continue

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all of them, up to the last look."""
        return sum(self._cpu_seconds.values())


def scan(conninfo: str, *, watch: bool) -> dict[str, float]:
    """Figures of one scan."""
    backends, done = Backends(conninfo), threading.Event()

    def sample() -> None:
        while not done.wait(_SAMPLE_EVERY_S):
            backends.look(at_memory=True)

    if watch:
        threading.Thread(target=sample, daemon=True).start()
    checks = [check for check in built_in_checks() if not check.pedantic]  # the others run where they are asked for
    began = time.perf_counter()
    client_cpu_began = time.process_time()
    picture = Collector(backends.connect, progress=lambda _area: backends.look(at_memory=False)).collect()
    collected = time.perf_counter()
    collect_cpu_s = time.process_time() - client_cpu_began
    first = run_checks(picture.catalog, [check for check in checks if check.id in FIRST_RELEASE])
    first_ended = time.perf_counter()
    outcome = run_checks(picture.catalog, [check for check in checks if check.id not in FIRST_RELEASE])
    ended = time.perf_counter()
    done.set()
    if picture.interrupted or first.failed or outcome.failed:
        raise RuntimeError(picture.interrupted or str(first.failed + outcome.failed))
    return {
        "wall_s": ended - began,
        "collect_s": collected - began,
        "checks_s": ended - collected,
        "first_checks_s": first_ended - collected,
        "collect_cpu_s": collect_cpu_s,
        "client_cpu_s": time.process_time() - client_cpu_began,
        "checks": len(checks),
        "findings": len(first.findings) + len(outcome.findings),
        "server_cpu_s": backends.cpu_seconds,
        "backend_private_bytes": backends.private_bytes,
        "client_bytes": peak_resident_bytes(),
        "structure_queries": picture.structure_queries,
        "state_queries": picture.state_queries,
    }


if __name__ == "__main__":
    print(json.dumps(scan(sys.argv[1], watch="watch" in sys.argv[2:])))  # noqa: T201 -- its result
