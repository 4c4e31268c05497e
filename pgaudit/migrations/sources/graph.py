"""Migrations that form a graph by their `requires`: order, ancestors, heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pgaudit.migrations.sources.interface import Migration


def in_running_order(migrations: Sequence[Migration]) -> tuple[list[Migration], list[Migration]]:
    """The migrations so that each follows what it requires, and those on a cycle, which have no place.

    Among migrations that are free to run, the given order is kept.
    """
    by_version = {migration.version: migration for migration in migrations}
    waiting = {m.version: {v for v in m.requires if v in by_version and v != m.version} for m in migrations}
    followers: dict[str, list[str]] = {}
    for version, required in waiting.items():
        for parent in required:
            followers.setdefault(parent, []).append(version)
    ready = [version for version in reversed(list(by_version)) if not waiting[version]]
    ordered: list[Migration] = []
    while ready:
        version = ready.pop()
        ordered.append(by_version[version])
        for follower in reversed(followers.get(version, [])):
            waiting[follower].discard(version)
            if not waiting[follower]:
                ready.append(follower)
    placed = {migration.version for migration in ordered}
    return ordered, [migration for migration in migrations if migration.version not in placed]


def ancestors(versions: Iterable[str], parents: Mapping[str, Iterable[str]]) -> set[str]:
    """The versions and all that they require, directly or not."""
    found: set[str] = set()
    waiting = list(versions)
    while waiting:
        version = waiting.pop()
        if version not in found and version in parents:
            found.add(version)
            waiting.extend(parents[version])
    return found


def heads(parents: Mapping[str, Iterable[str]]) -> list[str]:
    """The versions that no other one requires, in the order of the mapping."""
    required = {parent for values in parents.values() for parent in values}
    return [version for version in parents if version not in required]
