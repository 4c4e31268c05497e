"""Which files changed since a commit, for `--git-diff REF`."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pgaudit.migrations.sources.errors import GitDiffError
from pgaudit.migrations.sources.files import natural_key
from pgaudit.migrations.sources.interface import MigrationState, Problem, ProblemKind, State, Tool

_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is new, or no longer what it was."""

    path: Path
    added: bool


def changed_files(folder: Path, ref: str) -> list[ChangedFile]:
    """Files below the folder that differ from where this branch left `ref`, untracked ones included, in natural order.

    Raises:
        GitDiffError: when there is no repository, or no such commit.
    """
    top = Path(_git(folder, ref, "rev-parse", "--show-toplevel").strip())
    commit = _git(folder, ref, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    base = _merge_base(folder, ref, commit)
    listed = _git(
        folder, ref, "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-status", "-z", base, "--", "."
    )
    untracked = _git(folder, ref, "ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", ".")
    fields = listed.split("\0")[:-1]
    found = {top / name: status == "A" for status, name in zip(fields[::2], fields[1::2], strict=True) if status != "D"}
    found.update({top / name: True for name in untracked.split("\0") if name})
    return [ChangedFile(path, found[path]) for path in sorted(found, key=lambda path: natural_key(str(path)))]


def _merge_base(folder: Path, ref: str, commit: str) -> str:
    try:
        return _git(folder, ref, "merge-base", commit, "HEAD").strip() or commit
    except GitDiffError:
        # Unrelated histories, or a clone too shallow to tell: compare with the commit itself.
        return commit


def _git(folder: Path, ref: str, *arguments: str) -> str:
    command = ["git", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603 -- fixed verbs
    except FileNotFoundError as error:
        raise GitDiffError(ref, "git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise GitDiffError(ref, f"no answer in {_TIMEOUT_S} s") from error
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise GitDiffError(ref, lines[0].removeprefix("fatal: ") if lines else "no such commit")
    return done.stdout.decode(errors="surrogateescape")


def never_run(states: Sequence[MigrationState], changed: Collection[ChangedFile]) -> list[Problem]:
    """Files that this branch adds or edits although the database counts them as applied: what they say never runs."""
    added = {file.path.resolve(): file.added for file in changed}
    problems: list[Problem] = []
    for state in states:
        migration = state.migration
        if migration is None or state.state is not State.APPLIED or migration.path.resolve() not in added:
            continue
        if added[migration.path.resolve()] and migration.tool is Tool.GOLANG_MIGRATE:
            message = f"{migration.path.name} is new, but below the version the database is at: it will never run"
            problems.append(Problem(ProblemKind.SKIPPED_FOREVER, message, (state.version,), migration.path))
        elif not added[migration.path.resolve()]:
            message = f"{migration.path.name} was edited after it was applied: the edit will never run"
            problems.append(Problem(ProblemKind.EDITED_AFTER_APPLY, message, (state.version,), migration.path))
    return problems
