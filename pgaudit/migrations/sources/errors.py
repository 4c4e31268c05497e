"""What can go wrong while migrations are read.

PgauditError
└── SourceError
    ├── PathNotFoundError        the path is not there
    ├── NoMigrationsError        nothing in the folder looks like a migration
    ├── SeveralToolsError        two migration tools claim the folder
    ├── FolderChangedError       the folder changed while it was read
    ├── UnreadableFileError      the operating system refused a file
    ├── BadProjectFileError      a file of the tool (journal, plan, ini) cannot be understood
    ├── GitDiffError             git could not say what changed
    └── ProjectCodeError         the project's own code was allowed to run, and failed
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pgaudit.errors import PgauditError


class SourceError(PgauditError):
    """Migrations could not be read."""


class PathNotFoundError(SourceError):
    """A path that was asked for does not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} does not exist; give the folder or the files of the migrations.")


class NoMigrationsError(SourceError):
    """A folder holds nothing that looks like a migration."""

    def __init__(self, path: Path, looked_for: str = "a migration of any tool that pgaudit knows") -> None:
        self.path = path
        super().__init__(f"{path} holds no {looked_for}; name the folder with --migrations DIR.")


class SeveralToolsError(SourceError):
    """More than one migration tool claims a folder."""

    def __init__(self, path: Path, tools: Sequence[str]) -> None:
        self.path = path
        self.tools = tuple(tools)
        names = " and ".join(self.tools)
        super().__init__(f"{path} looks like {names}; choose one with --migration-tool {self.tools[0]}.")


class FolderChangedError(SourceError):
    """A folder changed while it was read, twice."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} changed while it was read; run again when nothing writes to it.")


class UnreadableFileError(SourceError):
    """The operating system refused a file or a folder."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be read ({reason}); check its permissions.")


class BadProjectFileError(SourceError):
    """A file that describes the migrations cannot be understood."""

    def __init__(self, path: Path, reason: str, line: int = 1) -> None:
        self.path = path
        self.line = line
        super().__init__(f"{path}:{line}: {reason}; correct the file, or give the SQL files themselves.")


class GitDiffError(SourceError):
    """Git could not say which files changed."""

    def __init__(self, ref: str, reason: str) -> None:
        self.ref = ref
        super().__init__(f"git cannot compare with {ref!r} ({reason}); fetch it, or name another with --git-diff REF.")


class ProjectCodeError(SourceError):
    """The project's own code was allowed to run, and failed."""

    def __init__(self, command: str, reason: str) -> None:
        self.command = command
        super().__init__(f"{command} failed: {reason}; make it run here, or leave out --allow-exec.")
