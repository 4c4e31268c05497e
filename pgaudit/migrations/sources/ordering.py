"""Deciding states by comparing what is on disk with what is applied: the rules that most tools share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from pgaudit.migrations.sources.interface import Migration, MigrationState, Problem, ProblemKind, State

OrderKey = Callable[[str], Any]


def pending_state(migration: Migration, detail: str = "", *, late: bool = False) -> MigrationState:
    """The state of a migration that runs next: pending, or opaque when no SQL of it can be read."""
    state = State.OPAQUE if migration.opaque and not migration.parts else State.PENDING
    return MigrationState(migration.version, state, migration, detail, late=late)


def applied_state(migration: Migration, detail: str = "") -> MigrationState:
    """The state of a migration that has run."""
    return MigrationState(migration.version, State.APPLIED, migration, detail)


def failed_state(migration: Migration, detail: str) -> MigrationState:
    """The state of a migration that began and did not finish."""
    return MigrationState(migration.version, State.FAILED, migration, detail)


def edited_state(migration: Migration) -> MigrationState:
    """The state of a migration whose file is not what was run."""
    return MigrationState(migration.version, State.EDITED, migration, "the file is not the one that was applied")


def unordered_state(migration: Migration, detail: str, *, skipped: bool = False) -> MigrationState:
    """The state of a migration that the tool refuses (or, `skipped`, passes over for ever) because of its order."""
    return MigrationState(migration.version, State.OUT_OF_ORDER, migration, detail, late=True, skipped=skipped)


def missing_states(known: Iterable[str], on_disk: Collection[str]) -> list[MigrationState]:
    """States for versions that the database has and the disk has not."""
    detail = "applied in the database, not on disk"
    return [MigrationState(version, State.MISSING_ON_DISK, None, detail) for version in known if version not in on_disk]


def set_difference(
    migrations: Sequence[Migration],
    applied: Mapping[str, str | None],
    *,
    order: OrderKey | None = None,
    refuses_lower: bool = False,
) -> list[MigrationState]:
    """States when a migration is applied if and only if its version is in the table.

    Args:
        migrations: what is on disk.
        applied: version to the checksum taken then, None where the tool keeps none.
        order: a key of versions; needed for anything about order.
        refuses_lower: whether the tool refuses to run a migration below the newest applied one.
    """
    newest = max(map(order, applied), default=None) if order else None
    states: list[MigrationState] = []
    for migration in migrations:
        if migration.version in applied:
            checksum = applied[migration.version]
            changed = checksum is not None and migration.checksum_disk not in {None, checksum}
            states.append(edited_state(migration) if changed else applied_state(migration))
        elif order and newest is not None and order(migration.version) < newest:
            states.append(_below_newest(migration, refuses_lower=refuses_lower))
        else:
            states.append(pending_state(migration))
    return states + missing_states(applied, {migration.version for migration in migrations})


BELOW_NEWEST = "older than the newest applied migration"


def _below_newest(migration: Migration, *, refuses_lower: bool) -> MigrationState:
    if refuses_lower:
        return unordered_state(migration, f"{BELOW_NEWEST}; the tool refuses to run it")
    return pending_state(migration, BELOW_NEWEST, late=True)


def duplicate_versions(migrations: Sequence[Migration]) -> list[Problem]:
    """One problem for each version that two or more migrations claim."""
    counts = Counter(migration.version for migration in migrations)
    problems: list[Problem] = []
    for version, count in counts.items():
        if count > 1:
            claimants = [migration for migration in migrations if migration.version == version]
            names = ", ".join(sorted(claimant.path.name for claimant in claimants))
            message = f"version {version} is claimed by {count} migrations ({names})"
            problems.append(Problem(ProblemKind.DUPLICATE_VERSION, message, (version,), claimants[-1].path))
    return problems


def state_problems(states: Sequence[MigrationState]) -> list[Problem]:
    """The problems that states are by themselves: failed, edited, missing, out of order."""
    return [problem for state in states if (problem := _problem_of(state)) is not None]


def _problem_of(state: MigrationState) -> Problem | None:
    kind = _kind_of(state)
    if kind is None:
        return None
    name = state.migration.path.name if state.migration else state.version
    path = state.migration.path if state.migration else None
    return Problem(kind, f"{name}: {state.detail}", (state.version,), path)


def _kind_of(state: MigrationState) -> ProblemKind | None:
    match state.state:
        case State.FAILED:
            return ProblemKind.FAILED_RUN
        case State.EDITED:
            return ProblemKind.EDITED_AFTER_APPLY
        case State.MISSING_ON_DISK:
            return ProblemKind.MISSING_ON_DISK
        case State.OUT_OF_ORDER:
            return ProblemKind.SKIPPED_FOREVER if state.skipped else ProblemKind.OUT_OF_ORDER
        case State.PENDING | State.OPAQUE:
            return ProblemKind.OUT_OF_ORDER if state.late else None
        case State.APPLIED:
            return None
