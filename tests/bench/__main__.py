# ruff: noqa: T201 -- a report on the terminal is what this is for
"""`make bench`: the budgets, measured beside COPY in the same run.

    python -m tests.bench [--tables 1000,10000] [--rounds 5] [--keep FOLDER]

Ends with 1 when a must is missed. `--keep` keeps the databases for the next run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.bench.budgets import Budget, Verdict, table
from tests.bench.floor import copy_everything
from tests.bench.gates import gate_budgets
from tests.bench.measure import Used, command_use, modules_imported_by
from tests.bench.one_scan import FIRST_RELEASE
from tests.bench.splinter import splinter_cpu_s, splinter_lints
from tests.bench.tenants import DATABASE, tenant_server
from tests.fetch_servers import FetchError

MIB = 2**20
HEAVY = {"psycopg", "sqlalchemy", "pandas", "alembic", "anthropic", "pydantic", "httpx", "numpy"}
_START_ROUNDS = 9
_SCAN_OF_THE_BUDGETS = 100_000
"""Tables of the scan whose server time has a budget; below it what every scan costs weighs more."""


@dataclass(frozen=True, slots=True)
class Size:
    """Medians of the rounds at one number of tables."""

    tables: int
    floor_s: float
    floor_cpu_s: float
    scan: dict[str, float]
    ratio: float
    first_ratio: float
    collect_ratio: float
    spread: str
    temp_bytes: int
    splinter_cpu_s: float | None
    """Server time of splinter's lints, where they can be had."""


def main() -> int:
    """Measure, print, and give the exit code."""
    options = _options()
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.platform()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )
    lints = _lints()
    sizes = [measure(tables, options.rounds, options.keep, lints) for tables in options.tables]
    budgets = [budget for size in sizes for budget in size_budgets(size)]
    budgets += growth_budgets(sizes)
    budgets += start_budgets()
    budgets += gate_budgets()
    print(f"\n{table(budgets)}")
    return int(any(budget.verdict is Verdict.MISSED for budget in budgets))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--tables", type=lambda text: sorted(map(int, text.split(","))), default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


def _lints() -> str | None:
    try:
        return splinter_lints()
    except FetchError as error:
        print(f"Server time of splinter's lints is not measured: {error}")
        return None


def measure(tables: int, rounds: int, keep: Path | None, lints: str | None) -> Size:
    """Floor and scan in turn, so that what else runs on the machine meets both."""
    with tenant_server(tables, keep) as server:
        conninfo = make_conninfo(server.conninfo, dbname=DATABASE)
        copy_everything(conninfo)  # fills the cache
        before = _temp_bytes(conninfo)
        watched = _scan(conninfo, "watch")
        temp_bytes = _temp_bytes(conninfo) - before
        floors: list[tuple[float, float]] = []
        scans: list[dict[str, float]] = []
        for _ in range(rounds):
            floors.append(copy_everything(conninfo))
            scans.append(_scan(conninfo))
        splinter = splinter_cpu_s(conninfo, lints) if lints else None
    pairs = list(zip(scans, floors, strict=True))
    ratios = [scan["wall_s"] / wall for scan, (wall, _) in pairs]
    first_ratios = [(scan["collect_s"] + scan["first_checks_s"]) / wall for scan, (wall, _) in pairs]
    collect_ratios = [scan["collect_s"] / wall for scan, (wall, _) in pairs]
    scan = {key: statistics.median(one[key] for one in scans) for key in scans[0]}
    scan["backend_private_bytes"] = watched["backend_private_bytes"]
    size = Size(
        tables=tables,
        floor_s=statistics.median(wall for wall, _ in floors),
        floor_cpu_s=statistics.median(cpu for _, cpu in floors),
        scan=scan,
        ratio=statistics.median(ratios),
        first_ratio=statistics.median(first_ratios),
        collect_ratio=statistics.median(collect_ratios),
        spread=f"{min(ratios):.2f} to {max(ratios):.2f} in {rounds} rounds",
        temp_bytes=temp_bytes,
        splinter_cpu_s=splinter,
    )
    print(
        f"{tables} tables: COPY {size.floor_s:.2f} s (server CPU {size.floor_cpu_s:.2f} s); "
        f"scan {scan['wall_s']:.2f} s = collect {scan['collect_s']:.2f} + {scan['checks']:.0f} checks "
        f"{scan['checks_s']:.2f}, client CPU {scan['client_cpu_s']:.2f} s (collecting {scan['collect_cpu_s']:.2f}), "
        f"server CPU {scan['server_cpu_s']:.2f} s, {scan['findings']:.0f} findings"
        + (f"; splinter's lints {splinter:.2f} s of server CPU" if splinter else ""),
        flush=True,
    )
    return size


def _scan(conninfo: str, *mode: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.one_scan", conninfo, *mode], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _temp_bytes(conninfo: str) -> int:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("select pg_catalog.pg_stat_clear_snapshot()")
        query = "select temp_bytes from pg_catalog.pg_stat_database where datname = pg_catalog.current_database()"
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def size_budgets(size: Size) -> list[Budget]:
    """What a scan of one size must keep to. The absolute ones were set for 100,000 tables and hold below it too."""
    at, scan = f"at {size.tables:,} tables", size.scan
    alone = f"collecting alone {size.collect_ratio:.2f} x"
    return [
        *_splinter_budget(size),
        Budget(
            f"scan, {scan['checks']:.0f} checks, against COPY of the same columns, {at}", size.ratio, 2.5, 1.6, "x",
            size.spread,
        ),
        Budget(
            f"with the {len(FIRST_RELEASE)} checks of the first release, {at}", size.first_ratio, 2.5, 1.6, "x",
            alone,
        ),
        Budget(f"private memory of the backend, {at}", scan["backend_private_bytes"] / MIB, 96, 40, "MB", "RssAnon"),
        Budget(f"temporary files, {at}", size.temp_bytes / MIB, 100, 0, "MB", "pg_stat_database"),
        Budget(f"client memory, {at}", scan["client_bytes"] / MIB, 1000, 500, "MB", "ru_maxrss"),
        Budget(f"structure queries, {at}", scan["structure_queries"], 25, 16, "", "deparse batches apart"),
        Budget(f"state queries, {at}", scan["state_queries"], 25, 16, "", ""),
    ]  # fmt: skip


def _splinter_budget(size: Size) -> list[Budget]:
    if size.splinter_cpu_s is None or size.tables < _SCAN_OF_THE_BUDGETS:
        return []
    ours = size.scan["server_cpu_s"]
    details = f"{ours:.1f} s against {size.splinter_cpu_s:.1f} s"
    what = f"server CPU of the scan against splinter's lints, at {size.tables:,} tables"
    return [Budget(what, ours / size.splinter_cpu_s, 0.2, 0.12, "x", details)]


def growth_budgets(sizes: list[Size]) -> list[Budget]:
    """How the scan grows from each size to one ten times as big."""
    return [
        Budget(
            f"growth of the scan from {small.tables:,} to {big.tables:,} tables",
            big.scan["wall_s"] / small.scan["wall_s"], 12, 10.5, "x",
            f"COPY grew {big.floor_s / small.floor_s:.1f} x",
        )
        for small, big in itertools.pairwise(sizes)
        if big.tables == 10 * small.tables
    ]  # fmt: skip


def start_budgets() -> list[Budget]:
    """What starting costs, and that heavy modules wait until they are needed."""
    nothing = _cpu_s(sys.executable, "-c", "pass")
    program = str(Path(sys.executable).with_name("pgaudit"))
    help_page = _cpu_s(program, "--help")
    details = f"{help_page * 1000:.0f} ms against {nothing * 1000:.0f} ms"
    imported = modules_imported_by([program, "--help"]) & HEAVY
    library = modules_imported_by(["-c", "import pgaudit"]) & HEAVY
    return [
        Budget("`pgaudit --help` against `python -c pass`, CPU", help_page / nothing, 10, 5, "x", details),
        Budget("heavy modules that `--help` imports", len(imported), 0, 0, "", ", ".join(sorted(imported))),
        Budget("heavy modules that `import pgaudit` imports", len(library), 0, 0, "", ", ".join(sorted(library))),
    ]


def _cpu_s(*command: str) -> float:
    return Used.median([command_use(command) for _ in range(_START_ROUNDS)]).cpu_s


if __name__ == "__main__":
    sys.exit(main())
