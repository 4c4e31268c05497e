"""Simulated against collected catalogs: `python -m tests.migrations_safety.simulation [--only P] [--major N]`."""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import groupby

import psycopg

from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.catalog.catalog import Absent, Catalog
from probes.collect.collector import read_server
from probes.collect.session import Limits, Session
from probes.collect.structure import StructureReader
from probes.sql.parse import ParseFailure, parse_statement
from tests.migrations_safety.facts import Fact, facts
from tests.migrations_safety.oracle import MAJORS, Case, Where, execute, load_cases, measured
from tests.migrations_safety.oracle.measured import NotMeasuredError, span_of
from tests.migrations_safety.oracle.server import SETTINGS, Databases
from tests.migrations_safety.worlds import catalogs, collected
from tests.servers import private_cluster

CONTROL = ("TransactionStmt",)


@dataclass(slots=True)
class Report:
    """How many simulated catalogs equal the collected ones on a major, and what differs in the others."""

    major: int
    agreeing: int = 0
    total: int = 0
    opaque: int = 0
    """Cases that run an extension's script: what it makes is not simulated."""
    found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def compare(major: int, cases: Sequence[Case]) -> Report:
    """Execute and simulate each case that a transaction block allows, and compare what is there afterwards."""
    report = Report(major)
    wanted = sorted((case for case in cases if _is_comparable(case, major)), key=lambda case: case.world.name)
    bases = catalogs(major, sorted({case.world.name for case in wanted}))
    with private_cluster(major, settings=SETTINGS) as cluster:
        databases = Databases(cluster.dsn)
        for world, group in groupby(wanted, key=lambda case: case.world):
            dsn = databases.create(world)
            with psycopg.connect(dsn, autocommit=True) as connection:
                for case in group:
                    if _runs_a_script(case):
                        report.opaque += 1
                        continue
                    wrong = _differences(case, major, bases, connection)
                    report.total += 1
                    report.agreeing += not wrong
                    if wrong:
                        report.found[case.name] = wrong
            databases.drop(dsn)
        databases.close()
    return report


def compare_alone(major: int, cases: Sequence[Case]) -> Report:
    """Execute each case, one that commits by itself, in a database of its own; compare as `compare` does."""
    report = Report(major)
    wanted = [case for case in cases if major in case.majors and "temporary" not in case.world.situations]
    bases = catalogs(major, sorted({case.world.name for case in wanted}))
    with private_cluster(major, settings=SETTINGS) as cluster:
        databases = Databases(cluster.dsn)
        for case in wanted:
            dsn = databases.create(case.world)
            with psycopg.connect(dsn, autocommit=True) as connection:
                is_refused = execute(case, connection) is not None
            real = set[Fact]() if is_refused else facts(collected(dsn))
            databases.drop(dsn)
            if is_refused:
                continue
            made = facts(_simulated(case, major, bases[case.world.name]))
            wrong = [*_listed("-", real - made), *_listed("+", made - real)]
            report.total += 1
            report.agreeing += not wrong
            if wrong:
                report.found[case.name] = wrong
        databases.close()
    return report


def _runs_a_script(case: Case) -> bool:
    return any(statement.split()[1:2] == ["extension"] for statement in case.statements if "plpgsql" not in statement)


def _is_comparable(case: Case, major: int) -> bool:
    if major not in case.majors or "temporary" in case.world.situations or case.where is Where.OUTSIDE:
        return False
    try:
        truth = measured(case, major)
    except NotMeasuredError:
        return False
    return truth.refused is None and not truth.requires_no_transaction


def _differences(case: Case, major: int, bases: Mapping[str, Catalog], connection: psycopg.Connection) -> list[str]:
    real = _executed(case, connection)
    if real is None:
        return []
    try:
        made = facts(_simulated(case, major, bases[case.world.name]))
    except Exception as error:  # noqa: BLE001 -- listed, the others go on
        return [f"raised {type(error).__name__}: {error}"]
    return [*_listed("-", real - made), *_listed("+", made - real)]


def _listed(sign: str, found: set[Fact]) -> Iterator[str]:
    yield from sorted(f"{sign}{fact}" for fact in found)


def _executed(case: Case, connection: psycopg.Connection) -> set[Fact] | None:
    """Give the facts after the case, which is then rolled back; None when its outcome was another than measured."""
    session = Session(connection, Limits())
    server, methods = read_server(session)
    connection.execute("begin")
    try:
        if execute(case, connection) is not None:
            return None
        connection.execute("reset role")
        connection.execute("set local search_path = pg_catalog, pg_temp")
        reader = StructureReader(session, superuser=True, access_methods=methods)
        reader.read(lambda _area: None)
        return facts(Catalog(server, reader.built(Absent("it was not read"))))
    finally:
        connection.execute("rollback")


def _simulated(case: Case, major: int, base: Catalog) -> Catalog:
    world = World(base, major)
    savepoints: dict[str, int] = {}
    for statement in case.statements:
        parsed = parse_statement(statement)
        assert not isinstance(parsed, ParseFailure)
        if parsed.kind in CONTROL:
            _control(world, parsed.tree, savepoints)
        else:
            apply(world, parsed)
    return world.catalog()


def _control(world: World, statement: object, savepoints: dict[str, int]) -> None:
    name = getattr(statement, "savepoint", "") or ""
    kind = getattr(statement, "kind", None)
    if getattr(kind, "name", "") == "SAVEPOINT":
        savepoints[name] = world.mark()
    elif getattr(kind, "name", "") == "ROLLBACK_TO" and name in savepoints:
        world.undo(savepoints[name])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what differs and how many catalogs are equal."""
    parser = argparse.ArgumentParser(description="Compare simulated catalogs with collected ones.")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--major", type=int, action="append", choices=MAJORS)
    parser.add_argument("--limit", type=int, default=40)
    options = parser.parse_args(arguments)
    cases = [case for case in load_cases() if fnmatch(case.name, options.only)]
    reports = [compare(major, cases) for major in options.major or MAJORS]
    forms: Counter[str] = Counter()
    grouped: dict[str, dict[tuple[str, ...], dict[str, list[int]]]] = defaultdict(dict)
    for report in reports:
        for name, wrong in report.found.items():
            form, _, world = name.partition("@")
            forms[form] += 1
            grouped[form].setdefault(tuple(wrong), {}).setdefault(world, []).append(report.major)
    for form, count in forms.most_common(options.limit):
        print(f"{form} ({count})")  # noqa: T201
        for differing, worlds in sorted(grouped[form].items(), key=lambda one: -len(one[1]))[:2]:
            where = ", ".join(f"{world} {span_of(majors)}" for world, majors in list(worlds.items())[:3])
            print(f"    {where}:")  # noqa: T201
            for line in differing[:6]:
                print(f"        {line[:230]}")  # noqa: T201
    for report in reports:
        share = 100 * report.agreeing / max(1, report.total)
        print(f"{report.major}: {report.agreeing} of {report.total} equal ({share:.2f} %), {report.opaque} opaque")  # noqa: T201
    return int(any(report.found for report in reports))


if __name__ == "__main__":
    raise SystemExit(main())
