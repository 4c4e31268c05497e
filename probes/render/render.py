"""A catalog as DDL: statements that build, in an empty database of the same major version, what the catalog describes.

The law: collecting from that database gives the catalog again, but for what the catalog does not hold, which every
object that lacks it names (`Rendered.substitutes`), and what could not be built (`Rendered.unrendered`). Nothing of a
catalog is executed other than as a definition.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from probes.catalog.catalog import Catalog
from probes.render.comments import comments
from probes.render.constraints import constraints
from probes.render.defaults import defaults
from probes.render.flags import index_flags, table_flags
from probes.render.foundations import collations, extensions, schemas
from probes.render.functions import functions
from probes.render.giving import Giver
from probes.render.guards import event_triggers, policies, triggers
from probes.render.indexes import index_giver
from probes.render.model import Missing, Piece, Rendered, Statement, Substitute
from probes.render.names import Names
from probes.render.objects import foreign_servers, publications, statistics
from probes.render.ordering import buildable, ordered
from probes.render.privileges import default_privileges, owners, privileges
from probes.render.roles import settings
from probes.render.sequences import sequences
from probes.render.tables import tables
from probes.render.types import domain_checks, types
from probes.render.views import rules, views

SESSION = (
    "set client_encoding = utf8",
    "set search_path = pg_catalog, pg_temp",
    "set check_function_bodies = off",
    "set client_min_messages = error",
    "set standard_conforming_strings = on",
    "set default_tablespace = ''",
    "set default_table_access_method = heap",
    "set default_transaction_read_only = off",
    "set row_security = off",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO, YMD'",
    "set intervalstyle = 'postgres'",
)
"""What the session that builds must set first: expressions were deparsed so."""

_GIVERS: tuple[Giver, ...] = (
    schemas,
    collations,
    foreign_servers,
    types,
    sequences,
    tables,
    views,
    defaults,
    domain_checks,
    constraints,
    triggers,
    rules,
    policies,
    statistics,
    publications,
    table_flags,
    index_flags,
    privileges,
    comments,
    default_privileges,
    event_triggers,
)


def render(
    catalog: Catalog,
    *,
    available_extensions: Mapping[str, Collection[str]] | None = None,
    database: str | None = None,
    mark_invalid: bool = False,
    inert: bool = False,
    built_by: str | None = None,
) -> Rendered:
    """The catalog as DDL. Roles are not in it: see `probes.render.roles`.

    Args:
        catalog: The structure; with operator classes where they are to be right.
        available_extensions: The versions of each extension that the server has files of; by default those wanted.
        database: What the new database is called, for settings bound to it; the catalog's own, by default.
        mark_invalid: Whether invalid indexes are built and then marked so in pg_index. See `indexes`.
        inert: Whether functions get bodies that do nothing. See `functions`.
        built_by: The role that runs the statements, where it is known. See `owners`.
    """
    names = Names(catalog)
    givers: tuple[Giver, ...] = (
        *_GIVERS,
        partial(extensions, available=available_extensions),
        partial(functions, inert=inert),
        partial(owners, built_by=built_by),
        index_giver(mark_invalid=mark_invalid),
        partial(settings, database=database or catalog.server.database),
    )
    given = [one for giver in givers for one in giver(names)]
    pieces = [one for one in given if isinstance(one, Piece)]
    missing = [one for one in given if isinstance(one, Missing)]
    kept, unrendered = buildable(pieces, missing)
    in_order = ordered(kept)
    return Rendered(
        tuple(Statement(piece.object, sql) for piece in in_order for sql in piece.sql),
        tuple(unrendered),
        tuple(Substitute(piece.object, lack) for piece in in_order for lack in piece.lacks),
    )
