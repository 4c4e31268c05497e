"""What the kernel says about processes: processor time, memory, temporary files."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_NANOSECONDS = 1e9


def cpu_seconds_of(pid: int) -> float:
    """Processor time that a process has used."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / _NANOSECONDS


def private_bytes_of(pid: int) -> int:
    """Memory of a process that is its own: anonymous pages, not the pages of shared_buffers that only it touched."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) * 1024


def peak_resident_bytes() -> int:
    """The most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def command_cpu_seconds(command: Sequence[str], rounds: int) -> float:
    """Median of user and system time that a command takes, its output thrown away."""
    return statistics.median(_cpu_seconds(command) for _ in range(rounds))


def _cpu_seconds(command: Sequence[str]) -> float:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def modules_imported_by(arguments: Sequence[str]) -> set[str]:
    """Top-level names of the modules that `python ARGUMENTS` imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True)
    names = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}
