"""The command line as a user runs it: a process of its own, with nothing of ours in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pgaudit.reports.contract import Report, from_json

ROOT = Path(__file__).parents[3]
_ENDS_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> Report:
        """The JSON report on stdout."""
        return from_json(self.out)

    @property
    def error_lines(self) -> list[str]:
        """What was said on stderr."""
        return self.err.splitlines()


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's environment without what names a database or makes Python another than users have."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "DATABASE", "GITHUB", "CI", "PYTHON"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), **(extra or {})}


def command(*arguments: str) -> list[str]:
    """The argument vector of `pgaudit ARGUMENTS`."""
    return [sys.executable, "-m", "pgaudit.cli.main", *arguments]


def pgaudit(*arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
    """Run to the end."""
    done = subprocess.run(
        command(*arguments),
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=_ENDS_WITHIN_S,
        check=False,
        **options,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def json_of(text: str) -> Any:
    """Any JSON."""
    return msgspec.json.decode(text)
