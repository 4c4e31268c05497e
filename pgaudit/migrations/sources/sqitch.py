"""Sqitch: the changes of `sqitch.plan` in its order, each a script in `deploy/` that psql runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import decode, read_bytes, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Source,
    SourceOptions,
    SqlPart,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import applied_state, missing_states, pending_state
from pgaudit.migrations.sources.sqlfiles import at_least_one

_PROJECT = re.compile(r"^%project\s*=\s*(\S+)", re.MULTILINE)
_CHANGE = re.compile(r"^\s*\+?\s*([^\s@#%:\-+][^\s@#:]*)\s*(?:\[([^\]]*)\])?")
_TAG = re.compile(r"^\s*\+?\s*@(\S+)")
_SETTING = re.compile(r"^\s*(top_dir|deploy_dir|plan_file|extension)\s*=\s*\"?([^\"\n#;]+?)\"?\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A line of the plan; `tag` names the script of a change that a later line reworks."""

    name: str
    requires: tuple[str, ...]
    line: int
    tag: str | None = None


def parse_plan(path: Path, text: str) -> tuple[str, list[PlannedChange]]:
    """The project's name and its changes in order.

    Raises:
        BadProjectFileError: when no project is named, or a line is no change.
    """
    project = _PROJECT.search(text)
    if project is None:
        raise BadProjectFileError(path, "names no %project")
    changes: list[PlannedChange] = []
    for line, content in enumerate(text.splitlines(), 1):
        stripped = content.split("#", 1)[0].strip()
        if not stripped or stripped.startswith("%"):
            continue
        if tag := _TAG.match(stripped):
            _tag_untagged(changes, tag[1])
        elif change := _CHANGE.match(stripped):
            changes.append(PlannedChange(change[1], tuple((change[2] or "").split()), line))
        else:
            raise BadProjectFileError(path, "is no change, tag or pragma", line)
    return project[1], changes


def _tag_untagged(changes: list[PlannedChange], tag: str) -> None:
    for index, change in enumerate(changes):
        if change.tag is None:
            changes[index] = PlannedChange(change.name, change.requires, change.line, tag)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """The deploy script of every planned change. Scripts carry their own BEGIN and COMMIT."""
    plan = location.config or location.folder / "sqitch.plan"
    return at_least_one(_read(plan, options), location.folder)


def _read(plan: Path, options: SourceOptions) -> Iterator[Migration]:
    project, changes = parse_plan(plan, decode(read_bytes(plan))[0])
    deploy, extension = _deploy_folder(plan.parent)
    left = Counter(change.name for change in changes)
    for change in changes:
        left[change.name] -= 1
        reworked = left[change.name] > 0
        script = f"{change.name}@{change.tag}" if reworked else change.name
        path = deploy / f"{script}.{extension}"
        if not path.exists():
            raise BadProjectFileError(plan, f"names {change.name}, but {path.name} does not exist", change.line)
        source = read_source(path)
        parts = (SqlPart(source.text, path),) if source.text else ()
        tx_mode = options.tx_mode or TxMode.PER_STATEMENT
        version = f"{project}:{script if reworked else change.name}"
        yield Migration(
            Tool.SQITCH, version, change.name, path, parts, tx_mode, opaque=source.opaque, requires=change.requires
        )


def _deploy_folder(root: Path) -> tuple[Path, str]:
    config = root / "sqitch.conf"
    settings = dict(_SETTING.findall(decode(read_bytes(config))[0])) if config.exists() else {}
    top = root / settings.get("top_dir", ".")
    deploy = root / settings["deploy_dir"] if "deploy_dir" in settings else top / "deploy"
    return deploy, settings.get("extension", "sql")


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by project and change; a reworked change is applied as often as the table has it, oldest first."""
    projects = {migration.version.partition(":")[0] for migration in migrations}
    applied = Counter(str(change) for project, change in rows.select("project", "change") if str(project) in projects)
    left = Counter(applied)
    result: list[MigrationState] = []
    for migration in migrations:
        if left[migration.name] > 0:
            left[migration.name] -= 1
            result.append(applied_state(migration))
        else:
            result.append(pending_state(migration))
    return result + missing_states(applied, {migration.name for migration in migrations})


SOURCE = Source(Tool.SQITCH, read, states)
