"""Which migration tool a path belongs to: what the user says, then files and their contents, then state tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from pgaudit.errors import NoMigrationsFound
from pgaudit.migrations.sources.errors import PathNotFoundError, SeveralToolsError, UnreadableFileError
from pgaudit.migrations.sources.files import decode, file_names
from pgaudit.migrations.sources.interface import Location, Tool
from pgaudit.migrations.sources.layouts import SQL_FOLDERS, SURE, shared_layouts

_HEAD_BYTES = 16_384
_SAMPLED_FILES = 40
_PARENTS_SEARCHED = 5
_MARKS = (
    (
        Tool.GOOSE,
        re.compile(r"^--[ \t]*\+goose[ \t]+(?:Up|NO TRANSACTION|StatementBegin)", re.MULTILINE | re.IGNORECASE),
    ),
    (Tool.DBMATE, re.compile(r"^--[ \t]*migrate:up\b", re.MULTILINE)),
    (Tool.LIQUIBASE, re.compile(r"\A\s*--\s*liquibase\s+formatted\s+sql", re.IGNORECASE)),
    (Tool.NODE_PG_MIGRATE, re.compile(r"^[ \t]*--[ \t-]*up[ \t]+migration\b", re.MULTILINE | re.IGNORECASE)),
)


def detect(path: Path, tool: Tool | None = None, in_database: Collection[Tool] = ()) -> Location:
    """Where the migrations below a path are, and whose they are.

    Args:
        path: a project, or a folder of migrations.
        tool: the tool when the user names it.
        in_database: tools whose state tables the database has; they decide between tools that share a layout.

    Raises:
        PathNotFoundError: when the path does not exist.
        SeveralToolsError: when the files of two tools are there.
        NoMigrationsFound: when nothing looks like a migration.
    """
    if not path.exists():
        raise PathNotFoundError(path)
    if tool is not None:
        return _of_tool(path, tool)
    sure = sure_locations(path)
    tools = list(dict.fromkeys(location.tool for location in sure))
    if len(tools) > 1:
        raise SeveralToolsError(path, tools)
    if sure:
        return sure[0]
    return _by_layout(path, in_database)


def _of_tool(path: Path, tool: Tool) -> Location:
    if path.is_file():
        return Location(tool, path.parent, path if tool is Tool.PLAIN else path.parent)
    found = SURE[tool](path) if tool in SURE else None
    if found is not None:
        return found
    marked = (location for location in marked_locations(path) if location.tool is tool)
    shared = (location for location in shared_layouts(path) if location.tool is tool)
    return next(marked, None) or next(shared, None) or Location(tool, path, path)


def sure_locations(path: Path) -> list[Location]:
    """Every tool that is certainly there, by its own files or by marks in SQL files."""
    by_files = [location for locate in SURE.values() if (location := locate(path)) is not None]
    known = {(location.tool, location.folder) for location in by_files}
    marked = [location for location in marked_locations(path) if (location.tool, location.folder) not in known]
    return by_files + [location for location in marked if location.tool not in {found.tool for found in by_files}]


def marked_locations(path: Path) -> Iterator[Location]:
    """Tools whose marks the SQL files of the usual folders carry."""
    for name in SQL_FOLDERS:
        folder = path / name
        if folder.is_dir():
            for tool in _tools_of_files(folder):
                yield Location(tool, path, folder)


def _tools_of_files(folder: Path) -> list[Tool]:
    names = file_names(folder)
    sample = names if len(names) <= 2 * _SAMPLED_FILES else names[:_SAMPLED_FILES] + names[-_SAMPLED_FILES:]
    found = (tool_of_file(folder / name) for name in sample)
    return list(dict.fromkeys(tool for tool in found if tool is not None))


def tool_of_file(path: Path) -> Tool | None:
    """The tool whose mark an SQL file carries near its top."""
    try:
        with path.open("rb") as file:
            head, _reason = decode(file.read(_HEAD_BYTES))
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or type(error).__name__) from error
    return next((tool for tool, mark in _MARKS if mark.search(head)), None)


def _by_layout(path: Path, in_database: Collection[Tool]) -> Location:
    candidates = list(shared_layouts(path))
    if not candidates:
        raise NoMigrationsFound(str(path))
    confirmed = [location for location in candidates if location.tool in in_database]
    return (confirmed or candidates)[0]


def detect_for_files(paths: Sequence[Path], tool: Tool | None = None) -> Location | None:
    """The tool whose folder the files lie in, looking upwards; None when they are files on their own.

    Raises:
        PathNotFoundError: when one does not exist.
    """
    for path in paths:
        if not path.exists():
            raise PathNotFoundError(path)
    if tool is Tool.PLAIN:
        return None
    parents = list(_parents_of_project(paths[0].resolve()))
    for locations_of in (_certain, _by_shape):
        for parent in parents:
            for location in locations_of(parent):
                inside = all(path.resolve().is_relative_to(location.folder.resolve()) for path in paths)
                if inside and tool in {None, location.tool}:
                    return location
    return None


def _parents_of_project(path: Path) -> Iterator[Path]:
    """The folders above a file, up to the root of its repository."""
    for parent in list(path.parents)[:_PARENTS_SEARCHED]:
        yield parent
        if (parent / ".git").exists():
            return


def _certain(parent: Path) -> list[Location]:
    try:
        return sure_locations(parent)
    except UnreadableFileError:
        # A folder above the files that we may not list says nothing about them.
        return []


def _by_shape(parent: Path) -> list[Location]:
    try:
        likely = next(shared_layouts(parent), None)
    except UnreadableFileError:
        return []
    return [likely] if likely is not None and likely.tool is not Tool.PLAIN else []
