"""The entrance: a statement and a picture in, its effects and the picture afterwards out."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.dispatch import handler_of
from migrations_safety.effects.model import Effects, Refusal
from migrations_safety.effects.run import Refused, Run
from migrations_safety.effects.world import World
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDefaultAcl, PgEventTrigger
from probes.sql.parse import Parsed
from probes.sql.tree.atoms import StatementNode

NO_TRANSACTION = "25001"


class Context(msgspec.Struct, frozen=True, gc=False):
    """What else decides what a statement does. Without a value the catalog's own setting counts."""

    search_path: str | None = None
    timezone: str | None = None
    in_transaction: bool = False


def effects(
    statement: Parsed | StatementNode, catalog: Catalog | None, server_major: int, context: Context | None = None
) -> Effects:
    """What a statement does to relations.

    Args:
        statement: The statement as it was parsed. The typed tree alone does for everything but queries.
        catalog: The database before the statement; without one, what it depends on is said.
        server_major: 13 to 18.
        context: Settings, and whether a transaction block is open.
    """
    given = context or Context()
    return apply(world_of(catalog, server_major, given), statement, in_transaction=given.in_transaction)


def world_of(catalog: Catalog | None, server_major: int, context: Context) -> World:
    """A world over the catalog, with the settings of the context."""
    world = World(catalog, server_major)
    if context.search_path is not None:
        world.settings["search_path"] = context.search_path
    if context.timezone is not None:
        world.settings["timezone"] = context.timezone
    return world


def apply(
    world: World, statement: Parsed | StatementNode, *, in_transaction: bool = False, is_body: bool = False
) -> Effects:
    """What a statement does; the world is afterwards as the statement leaves it, or as before where it is refused.

    Args:
        world: The database before it.
        statement: The statement.
        in_transaction: Whether a transaction block is open.
        is_body: Whether it stands in a DO block, whose variables look like columns.
    """
    tree = statement.tree if isinstance(statement, Parsed) else statement
    handler = handler_of(type(tree).__name__)
    if handler is None:
        return Effects()
    run = Run(world, statement if isinstance(statement, Parsed) else None, in_transaction=in_transaction)
    run.is_body = is_body
    mark = world.mark()
    try:
        handler(run, tree)
        if world.pending or "role" in world.settings or not world.store(PgEventTrigger).is_empty:
            _consider_surroundings(run, tree)
        if not world.store(PgDefaultAcl).is_empty:
            _give_default_privileges(run)
        if run.record.requires_no_transaction and in_transaction:
            run.refuse(NO_TRANSACTION, "it cannot run inside a transaction block")
    except Refused as refused:
        world.undo(mark)
        run.record.refusal = Refusal(refused.sqlstate, str(refused))
    return run.record.effects()


def _consider_surroundings(run: Run, tree: StatementNode) -> None:
    from migrations_safety.effects.surroundings import consider  # noqa: PLC0415 - rarely needed, and it reads bodies

    consider(run, tree)


def _give_default_privileges(run: Run) -> None:
    from migrations_safety.effects.privileges import give_defaults  # noqa: PLC0415 - rarely needed

    give_defaults(run)
