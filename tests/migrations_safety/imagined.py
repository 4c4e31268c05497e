"""Databases that exist in the model only: made by simulating their DDL on an empty catalog of a major."""

from migrations_safety.effects import Effects
from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.sql.parse import ParseFailure, parse_text


def database(sql: str, *, major: int = 16, timezone: str = "UTC") -> World:
    """Give the world after a script that every other session can see."""
    world = World(builtin_catalog(major), major)
    world.settings["timezone"] = timezone
    for found in run(world, sql):
        assert found.refusal is None or not found.is_refused, found.refusal
    world.begin_transaction()
    return world


def run(world: World, sql: str) -> list[Effects]:
    """Give the effects of each statement of a text."""
    parsed = parse_text(sql)
    assert not isinstance(parsed, ParseFailure), parsed
    return [apply(world, statement) for statement in parsed]


def effects(world: World, statement: str) -> Effects:
    """Give the effects of one statement."""
    (found,) = run(world, statement)
    return found


def locks(found: Effects) -> dict[str, str]:
    """Give the certain lock on each relation, without schemas."""
    return {lock.relation.name: lock.mode.value for lock in found.locks if type(lock.when).__name__ == "Always"}


def names(works: tuple[object, ...]) -> set[str]:
    """Give the names of relations that are certainly worked on."""
    return {work.relation.name for work in works if type(work.when).__name__ == "Always"}  # type: ignore[attr-defined]
