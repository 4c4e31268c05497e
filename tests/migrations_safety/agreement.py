"""What is predicted against what was measured: `python -m tests.migrations_safety.agreement [--only P] [--major N]`."""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from migrations_safety.effects import Always, Conditional, Effects, Reason, RelationRef, Work
from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.catalog.rows import PgClass, PgIndex
from probes.sql.parse import ParseFailure, parse_statement
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction
from tests.migrations_safety.oracle import MAJORS, Case, Measurement, Where, load_cases, measured
from tests.migrations_safety.oracle.measured import NotMeasuredError, read_area, span_of
from tests.migrations_safety.oracle.model import MODES, STRENGTH
from tests.migrations_safety.worlds import catalogs, simulated

SHORT = {long: short for short, long in MODES.items()}
DATA_EXCEPTIONS = ("22", "23")
FIRST_ONLY = "utility/set_transaction@"
"""Refused after other statements of a transaction, which a measurement executes."""


@dataclass(slots=True)
class Prediction:
    """The effects of a case's statements together, relations by the names they had before."""

    always: dict[str, str] = field(default_factory=dict[str, str])
    possible: dict[str, str] = field(default_factory=dict[str, str])
    work: dict[str, dict[str, bool]] = field(default_factory=dict[str, dict[str, bool]])
    """Kind of work to relations, and whether it is certain."""
    refused: str | None = None
    may_be_refused: set[str] = field(default_factory=set[str])
    requires_no_transaction: bool = False
    is_opaque: bool = False
    new_builds: dict[int, bool] = field(default_factory=dict[int, bool])
    reasons: set[Reason] = field(default_factory=set[Reason])


def predict(world: World, case: Case) -> Prediction:
    """Give what the statements of a case are said to do. The world is left as they leave it."""
    names = _names(world)
    found = _empty()
    savepoints: dict[str, tuple[int, dict[str, str]]] = {}
    for statement in case.statements:
        parsed = parse_statement(statement)
        if isinstance(parsed, ParseFailure):
            found.refused = "42601"
            return found
        if isinstance(parsed.tree, Transaction) and parsed.tree.kind is not TransactionKind.PREPARE:
            _control(world, parsed.tree, savepoints, found)
            continue
        one = apply(world, parsed, in_transaction=case.where is Where.INSIDE)
        _add(found, one, names)
        if one.is_refused and one.refusal is not None:
            found.refused = one.refusal.sqlstate
            return found
    for oid, certain in found.new_builds.items():
        index = world.one(PgIndex, oid)
        if index is not None:
            found.work["builds"][f"{world.schema_name(index.namespace)}.{index.name}"] = certain
    return found


def _empty() -> Prediction:
    return Prediction(work={"rewrites": {}, "scans": {}, "builds": {}})


def _control(
    world: World, statement: Transaction, savepoints: dict[str, tuple[int, dict[str, str]]], found: Prediction
) -> None:
    """Follow a transaction command. Of the locks that a rollback lets go, the log still tells the strongest."""
    name = statement.savepoint or ""
    if statement.kind is TransactionKind.SAVEPOINT:
        savepoints[name] = (world.mark(), dict(found.always))
    elif statement.kind is TransactionKind.ROLLBACK_TO and name in savepoints:
        mark, held = savepoints[name]
        world.undo(mark)
        logged = {relation: mode for relation, mode in found.always.items() if mode == "ACCESS EXCLUSIVE"}
        found.always = {**held, **logged}


def _names(world: World) -> dict[int, str]:
    rows: Iterator[PgClass | PgIndex] = iter([*world.store(PgClass).all(), *world.store(PgIndex).all()])
    return {row.oid: f"{world.schema_name(row.namespace)}.{row.name}" for row in rows if row.kind != "c"}


def _add(found: Prediction, one: Effects, names: dict[int, str]) -> None:
    for lock in one.locks:
        name = _known(lock.relation, names)
        if name is None:
            continue
        held = found.always if isinstance(lock.when, Always) else found.possible
        mode = lock.mode.value
        if name not in held or STRENGTH[mode] > STRENGTH[held[name]]:
            held[name] = mode
        if isinstance(lock.when, Conditional):
            found.reasons.add(lock.when.reason)
    for kind, works in (("rewrites", one.rewrites), ("scans", one.scans), ("builds", one.index_builds)):
        for work in works:
            _add_work(found, kind, work, names)
    if one.refusal is not None and not one.is_refused:
        found.may_be_refused.add(one.refusal.sqlstate)
    found.requires_no_transaction |= one.requires_no_transaction
    found.is_opaque |= one.opaque is not None


def _add_work(found: Prediction, kind: str, work: Work, names: dict[int, str]) -> None:
    name = _known(work.relation, names)
    if name is None and kind == "builds" and not work.relation.is_new:
        found.new_builds[work.relation.oid] = isinstance(work.when, Always)
    if name is not None:
        certain = isinstance(work.when, Always)
        found.work[kind][name] = found.work[kind].get(name, False) or certain
        if isinstance(work.when, Conditional):
            found.reasons.add(work.when.reason)


def _known(relation: RelationRef, names: dict[int, str]) -> str | None:
    return names.get(relation.oid)


def disagreements(case: Case, predicted: Prediction, truth: Measurement) -> Iterator[str]:
    """Yield what was predicted wrongly."""
    if truth.refused is not None or predicted.refused is not None:
        if truth.refused != predicted.refused and not _is_possible(predicted, truth.refused):
            yield f"refused {predicted.refused or '-'}, measured {truth.refused or '-'}"
        return
    yield from _lock_disagreements(predicted, truth.strongest())
    scans = truth.scans | truth.index_scans
    yield from _work_disagreements("rewrites", predicted, truth.rewrites, truth.rewrites)
    yield from _work_disagreements("scans", predicted, truth.scans, scans)
    yield from _work_disagreements("builds", predicted, truth.builds, truth.builds)
    differs = predicted.requires_no_transaction != truth.requires_no_transaction
    if differs and case.where is not Where.OUTSIDE and not case.name.startswith(FIRST_ONLY):
        yield f"no transaction: {predicted.requires_no_transaction}, measured {truth.requires_no_transaction}"


def _is_possible(predicted: Prediction, sqlstate: str | None) -> bool:
    """Return whether the refusal is one of those that depend on rows: which constraint fails first is theirs to say."""
    if sqlstate is None or predicted.refused is not None:
        return False
    data = any(code.startswith(DATA_EXCEPTIONS) for code in predicted.may_be_refused)
    return sqlstate in predicted.may_be_refused or (data and sqlstate.startswith(DATA_EXCEPTIONS))


def _may_be(sqlstate: str | None, predicted: Prediction) -> bool:
    """Give whether a refusal was called possible, by its code or, for `23000`, by its class."""
    codes = predicted.may_be_refused
    return sqlstate in codes or (sqlstate is not None and f"{sqlstate[:2]}000" in codes)


def _lock_disagreements(predicted: Prediction, truth: dict[str, str]) -> Iterator[str]:
    for name in sorted({*truth, *predicted.always, *predicted.possible}):
        have, least, most = truth.get(name), predicted.always.get(name), predicted.possible.get(name)
        low = STRENGTH[least] if least else -1
        high = max(low, STRENGTH[most] if most else -1)
        real = STRENGTH[have] if have else -1
        if not low <= real <= high and not (predicted.is_opaque and real >= low):
            yield f"{name}: {SHORT.get(least or '', '-')}, measured {SHORT.get(have or '', '-')}"


def _work_disagreements(kind: str, predicted: Prediction, least: frozenset[str], most: frozenset[str]) -> Iterator[str]:
    found = predicted.work[kind]
    for name in sorted(name for name, certain in found.items() if certain and name not in most):
        yield f"{kind} {name}: not measured"
    if not predicted.is_opaque:
        for name in sorted(least - found.keys()):
            yield f"{kind} {name}: not predicted"


@dataclass(slots=True)
class Report:
    """How many cases agree on a major, and where the others do not."""

    major: int
    agreeing: int = 0
    total: int = 0
    found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    conditional: int = 0


def compare(major: int, cases: Sequence[Case]) -> Report:
    """Predict the measured cases of a major and compare."""
    report = Report(major)
    wanted = [case for case in cases if major in case.majors and _is_measured(case, major)]
    by_world = catalogs(major, sorted({case.world.name for case in wanted}))
    worlds = {case.world.name: simulated(by_world[case.world.name], major, case.world) for case in wanted}
    for case in wanted:
        world = worlds[case.world.name]
        mark, settings = world.mark(), dict(world.settings)
        try:
            predicted = predict(world, case)
            wrong = list(disagreements(case, predicted, measured(case, major)))
            report.conditional += bool(predicted.reasons)
        except Exception as error:  # noqa: BLE001 -- listed, the others go on
            wrong = [f"raised {type(error).__name__}: {error}"]
        world.undo(mark)
        world.settings.clear()
        world.settings.update(settings)
        world.pending.clear()
        world.prepared.clear()
        world.cursors.clear()
        report.total += 1
        report.agreeing += not wrong
        if wrong:
            report.found[case.name] = wrong
    return report


def _is_measured(case: Case, major: int) -> bool:
    if case.area == "concurrent" and "temporary" in case.world.situations:
        return False  # another session measures them, which cannot see the table
    try:
        measured(case, major)
    except NotMeasuredError:
        return False
    return case.name in read_area(case.area)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print disagreements and how many cases agree."""
    parser = argparse.ArgumentParser(description="Compare predicted effects with measured ones.")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--major", type=int, action="append", choices=MAJORS)
    parser.add_argument("--limit", type=int, default=40)
    options = parser.parse_args(arguments)
    cases = [case for case in load_cases() if fnmatch(case.name, options.only)]
    reports = [compare(major, cases) for major in options.major or MAJORS]
    _print(reports, options.limit)
    return int(any(report.found for report in reports))


def _print(reports: Iterable[Report], limit: int) -> None:
    grouped: dict[str, dict[tuple[str, ...], dict[str, list[int]]]] = defaultdict(dict)
    forms: Counter[str] = Counter()
    for report in reports:
        for name, wrong in report.found.items():
            form, _, world = name.partition("@")
            grouped[form].setdefault(tuple(wrong), {}).setdefault(world, []).append(report.major)
            forms[form] += 1
    for form, count in forms.most_common(limit):
        print(f"{form} ({count})")  # noqa: T201
        for complaints, worlds in sorted(grouped[form].items(), key=lambda one: -len(one[1]))[:3]:
            where = ", ".join(f"{world} {span_of(majors)}" for world, majors in list(worlds.items())[:4])
            print(f"    {where}{' ...' if len(worlds) > 4 else ''}: {'; '.join(complaints)[:300]}")  # noqa: T201
    for report in reports:
        share = 100 * report.agreeing / max(1, report.total)
        print(  # noqa: T201
            f"{report.major}: {report.agreeing} of {report.total} agree ({share:.2f} %), "
            f"{report.conditional} with conditional effects"
        )


if __name__ == "__main__":
    raise SystemExit(main())
