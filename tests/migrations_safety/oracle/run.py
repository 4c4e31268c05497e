"""Measuring cases on one running server, a database for each world."""

import itertools
from collections.abc import Iterable, Iterator

from tests.migrations_safety.oracle.coverage import nodes_of
from tests.migrations_safety.oracle.execute import prepare
from tests.migrations_safety.oracle.inside import Session, measure_inside
from tests.migrations_safety.oracle.model import Case, Measurement, Where, World
from tests.migrations_safety.oracle.outside import measure_outside
from tests.migrations_safety.oracle.server import Databases
from tests.migrations_safety.oracle.stall import stalled_locks_inside

INSERTING = frozenset({"InsertStmt", "CopyStmt", "MergeStmt"})


def measure_all(dsn: str, major: int, cases: Iterable[Case]) -> Iterator[tuple[Case, Measurement]]:
    """Yield the measurement of each case that exists on the major, world by world."""
    databases = Databases(dsn)
    wanted = sorted((case for case in cases if major in case.majors), key=lambda case: case.world.name)
    for world, group in itertools.groupby(wanted, key=lambda case: case.world):
        yield from _measure_world(databases, world, group)
    databases.close()


def _measure_world(databases: Databases, world: World, cases: Iterable[Case]) -> Iterator[tuple[Case, Measurement]]:
    dsn = databases.create(world)
    session = Session(dsn)
    if "temporary" in world.situations:
        prepare(world, session.connection)
    for case in cases:
        yield case, _measure(databases, session, dsn, case)
    session.close()
    databases.drop(dsn)


def _measure(databases: Databases, session: Session, dsn: str, case: Case) -> Measurement:
    found = measure_inside(session, case.statements)
    refused = found.requires_no_transaction
    if case.where is Where.OUTSIDE or (refused and case.where is Where.EITHER):
        return measure_outside(databases, case, requires_no_transaction=refused)
    if found.refused is None and "temporary" not in case.world.situations and _inserts(case):
        return found.with_locks(stalled_locks_inside(dsn, case))
    return found


def _inserts(case: Case) -> bool:
    """Return whether rows may be inserted. That locks the indexes for a moment only, which leaves nothing to read."""
    return any(nodes_of(statement) & INSERTING for statement in case.statements)
