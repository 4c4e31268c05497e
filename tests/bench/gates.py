"""The gate beside squawk on the same files, and what starting it for one file costs."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.budgets import Budget
from tests.bench.measure import Used, command_use
from tests.bench.migrations import write_corpus

FILES = 2000
_ROUNDS = 5
_START_ROUNDS = 9
_FOUND = 1
"""Both end with 1 when they found something, and here both must."""
_ALL_RULES = ("gate", "--profile", "pedantic", "--format", "json")
_ONE_FILE = "create table orders (id bigint primary key, note text);\ncreate index orders_note on orders (note);\n"


@dataclass(frozen=True, slots=True)
class Beside:
    """Medians of one corpus."""

    statements: int
    ours: Used
    squawk: Used
    reading: Used
    """Python, started, that reads and parses the files and judges nothing."""


def gate_budgets() -> list[Budget]:
    """Start-up and throughput."""
    return [_start_budget(), *_throughput_budgets(beside_squawk())]


def beside_squawk() -> Beside:
    """Both programs over the corpus in turn; the processor time and memory of the whole process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        statements = write_corpus(folder, FILES)
        files = sorted(map(str, folder.iterdir()))
        ours: list[Used] = []
        theirs: list[Used] = []
        reading: list[Used] = []
        for _ in range(_ROUNDS):
            theirs.append(command_use([_program("squawk"), "--reporter", "Json", *files], _FOUND))
            ours.append(
                command_use([_program("pgaudit"), "gate", "--profile", "pedantic", "--format", "json", name], _FOUND)
            )
            reading.append(command_use([sys.executable, "-m", "tests.bench.reading", name]))
    return Beside(statements, Used.median(ours), Used.median(theirs), Used.median(reading))


def _throughput_budgets(beside: Beside) -> list[Budget]:
    ours, squawk = beside.ours, beside.squawk
    ours_us, squawk_us, reading_us = (used.cpu_s / beside.statements * 1e6 for used in (ours, squawk, beside.reading))
    each = f"{ours_us:.0f} µs and {squawk_us:.0f} µs each; to start, read and parse alone takes {reading_us:.0f} µs"
    return [
        Budget(
            f"gate on {FILES:,} files ({beside.statements:,} statements), all rules, CPU against squawk",
            ours.cpu_s / squawk.cpu_s, 1, 1 / 1.5, "x", each,
        ),
        Budget(
            "memory of that gate against squawk's", ours.peak_bytes / squawk.peak_bytes, 3, 1.5, "x",
            f"{ours.peak_bytes / 2**20:.0f} MB and {squawk.peak_bytes / 2**20:.0f} MB",
        ),
    ]  # fmt: skip


def _start_budget() -> Budget:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "one.sql")
        file.write_text(_ONE_FILE, encoding="utf-8")
        nothing = Used.median([command_use([sys.executable, "-c", "pass"]) for _ in range(_START_ROUNDS)])
        gate = Used.median([command_use([_program("pgaudit"), "gate", str(file)]) for _ in range(_START_ROUNDS)])
    details = f"{gate.cpu_s * 1000:.0f} ms against {nothing.cpu_s * 1000:.0f} ms"
    return Budget(
        "`pgaudit gate one.sql` against `python -c pass`, CPU", gate.cpu_s / nothing.cpu_s, 14, 8, "x", details
    )


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
