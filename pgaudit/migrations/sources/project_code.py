"""Running a project's own Python, which happens only when the user allows it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pgaudit.migrations.sources.errors import ProjectCodeError
from pgaudit.migrations.sources.interface import SourceOptions


def interpreter(root: Path, options: SourceOptions) -> str:
    """The Python for a project: the one that was asked for, the project's virtual environment, or our own."""
    if options.python is not None:
        return str(options.python)
    folders = [root / ".venv", root / "venv"]
    if active := os.environ.get("VIRTUAL_ENV"):
        folders.insert(0, Path(active))
    candidates = (folder / sub for folder in folders for sub in ("bin/python", "Scripts/python.exe"))
    return next((str(path) for path in candidates if path.exists()), sys.executable)


def output_of(command: Sequence[str], folder: Path, options: SourceOptions) -> str:
    """What a command of the project prints.

    Raises:
        ProjectCodeError: when it cannot start, takes too long, or fails.
    """
    shown = " ".join(command[1:4])
    try:
        done = subprocess.run(  # noqa: S603 -- behind allow_exec; arguments are paths and revision names of the project
            list(command), cwd=folder, capture_output=True, timeout=options.exec_timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ProjectCodeError(shown, f"no answer in {options.exec_timeout_s:g} s") from error
    except OSError as error:
        raise ProjectCodeError(shown, error.strerror or type(error).__name__) from error
    if done.returncode != 0:
        last = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
        raise ProjectCodeError(shown, last[-1] if last else f"exit code {done.returncode}")
    return done.stdout.decode(errors="replace")
