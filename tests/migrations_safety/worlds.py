"""The catalogs of the oracle's worlds, collected once per major and kept in `.build`."""

import hashlib
import pickle
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

import psycopg

from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World as Simulated
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import ROW_TYPES, PgTablespace, Row
from probes.catalog.server import Server
from probes.collect.collector import Collector
from probes.sql.parse import ParseFailure, parse_text
from tests.migrations_safety.oracle import World, load_worlds
from tests.migrations_safety.oracle.server import SETTINGS, Databases
from tests.servers import private_cluster

FOLDER = Path(__file__).parents[2] / ".build" / "agreement"


def collected(dsn: str) -> Catalog:
    """Give the catalog of a database as the gate collects it."""
    connect = partial(psycopg.connect, dsn, autocommit=True)
    return Collector(connect).collect(dictionaries=True, only=[PgTablespace]).catalog


def catalogs(major: int, names: Iterable[str]) -> dict[str, Catalog]:
    """Give the catalogs of these worlds, collecting those that are not kept yet."""
    worlds = [load_worlds()[name] for name in names]
    missing = [world for world in worlds if not _file(major, world).exists()]
    if missing:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with private_cluster(major, settings=SETTINGS) as cluster:
            databases = Databases(cluster.dsn)
            for world in missing:
                _collect(databases, major, world)
            databases.close()
    return {world.name: _read(major, world) for world in worlds}


def _collect(databases: Databases, major: int, world: World) -> None:
    permanent = _prelude(world) if "temporary" in world.situations else world
    dsn = databases.create(permanent)
    found = collected(dsn)
    databases.drop(dsn)
    _file(major, world).write_bytes(pickle.dumps((found.server, dict(found.areas()))))


def _prelude(world: World) -> World:
    """Give the part of a world of temporary tables that others see."""
    return World(name=world.name, sql=world.sql.partition("create temporary")[0], situations=frozenset())


def _read(major: int, world: World) -> Catalog:
    areas: dict[type[Row], tuple[Row, ...] | Absent]
    server: Server
    server, areas = pickle.loads(_file(major, world).read_bytes())  # noqa: S301 -- written by this program
    return Catalog(server, areas)


def simulated(catalog: Catalog, major: int, world: World) -> Simulated:
    """Give the world to predict on; temporary tables, which no catalog holds, are made by simulation."""
    made = Simulated(catalog, major)
    if "temporary" in world.situations:
        rest = world.sql.partition("create temporary")
        parsed = parse_text(rest[1] + rest[2])
        assert not isinstance(parsed, ParseFailure)
        for statement in parsed:
            if statement.kind != "InsertStmt":
                apply(made, statement)
        made.begin_transaction()
    return made


def _file(major: int, world: World) -> Path:
    digest = hashlib.sha256(f"{_version()}{world.sql}".encode()).hexdigest()[:16]
    return FOLDER / f"{major}-{world.name}-{digest}.pickle"


@cache
def _version() -> str:
    """Give a text that changes with what a catalog holds."""
    return repr([(row_type.__name__, row_type.__struct_fields__) for row_type in ROW_TYPES])
