"""What the kernel says about processes: processor time, memory, temporary files."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_NANOSECONDS = 1e9
_LAUNCHER = """
import json, os, sys
null = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                      file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
_, status, usage = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""A process begins with the peak of the one that started it: this one is small, the bench itself is not."""


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


@dataclass(frozen=True, slots=True)
class Used:
    """What a process took, from its start to its end."""

    cpu_s: float
    """User and system time."""
    peak_bytes: int

    @staticmethod
    def median(many: Sequence[Used]) -> Used:
        """The middle one in each figure."""
        return Used(
            statistics.median(one.cpu_s for one in many), round(statistics.median(one.peak_bytes for one in many))
        )


def command_use(command: Sequence[str], *expected: int) -> Used:
    """What a command takes, its output thrown away.

    Args:
        command: Program and arguments.
        expected: Exit codes that mean it did its work, beside 0.

    Raises:
        RuntimeError: It ended otherwise.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, check=True,
    )  # fmt: skip
    exit_code, cpu_s, peak_kilobytes = json.loads(launched.stdout)
    if exit_code not in {0, *expected}:
        raise RuntimeError(f"{' '.join(command[:4])} ended with {exit_code}")
    return Used(cpu_s, peak_kilobytes * 1024)


def modules_imported_by(arguments: Sequence[str]) -> set[str]:
    """Top-level names of the modules that `python ARGUMENTS` imports."""
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True)
    names = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {name.partition(".")[0] for name in names}
