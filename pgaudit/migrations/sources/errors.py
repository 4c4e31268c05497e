"""What can go wrong while migrations are read. A folder without migrations is `pgaudit.errors.NoMigrationsFound`.

SourceError                      exit 3: the migrations are there, but cannot be read
├── FolderChangedError           the folder changed while it was read
├── UnreadableFileError          the operating system refused a file
├── BadProjectFileError          a file of the tool (journal, plan, ini) cannot be understood
└── ProjectCodeError             the project's own code was allowed to run, and failed
SourceUsageError                 exit 2: the command has to change
├── PathNotFoundError            the path is not there
├── SeveralToolsError            two migration tools claim the folder
└── GitDiffError                 git could not say what changed
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgaudit.errors import TargetError, UsageError


class SourceError(TargetError):
    """Migrations could not be read."""


class SourceUsageError(UsageError):
    """Migrations could not be read as the command asks for it."""


class PathNotFoundError(SourceUsageError):
    """A path that was asked for does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} does not exist", "give the folder or the files of the migrations")


class SeveralToolsError(SourceUsageError):
    """More than one migration tool claims a folder."""

    def __init__(self, path: Path, tools: Sequence[str]) -> None:
        self.path = path
        self.tools = tuple(tools)
        super().__init__(
            f"{path} looks like {' and '.join(self.tools)}", f"choose one, as in --migration-tool {self.tools[0]}"
        )


class GitDiffError(SourceUsageError):
    """Git could not say which files changed."""

    def __init__(self, ref: str, reason: str) -> None:
        self.ref = ref
        super().__init__(
            f"git cannot compare with {ref!r} ({reason})", "fetch it first, or name another with --git-diff REF"
        )


class FolderChangedError(SourceError):
    """A folder changed while it was read, twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} changed while it was read", "run again when nothing writes to it")


class UnreadableFileError(SourceError):
    """The operating system refused a file or a folder."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be read ({reason})", "check what it is and its permissions")


class BadProjectFileError(SourceError):
    """A file that describes the migrations cannot be understood."""

    def __init__(self, path: Path, reason: str, line: int = 1) -> None:
        self.path = path
        self.line = line
        super().__init__(
            f"{path}:{line} {reason}", "correct the file, or give the SQL files with --migration-tool plain"
        )


class ProjectCodeError(SourceError):
    """The project's own code was allowed to run, and failed."""

    def __init__(self, command: str, reason: str) -> None:
        self.command = command
        super().__init__(f"{command} failed ({reason})", "make the command work here, or leave out --allow-exec")
