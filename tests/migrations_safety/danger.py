"""The verdict on danger: blocking a relation while working through it. Measured, and predicted without a catalog.

`python -m tests.migrations_safety.danger` prints the forms that a prediction without a catalog judges wrongly.
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch

from pglast.parser import scan

from migrations_safety.effects import Effects
from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.sql.parse import ParseFailure, parse_statement
from probes.sql.tree.utility import Transaction
from tests.migrations_safety.oracle import MAJORS, Case, Measurement, load_cases, measured
from tests.migrations_safety.oracle.measured import NotMeasuredError
from tests.migrations_safety.oracle.model import WRITES_BLOCKED

AT_ONCE_EMPTY = ("truncate", "no_data", "emptied")
"""Forms whose work is on a file that is empty by then."""


def is_dangerous(truth: Measurement) -> bool:
    """Give whether a server blocked a relation while it read or wrote all of it."""
    modes = truth.strongest()
    return any(modes.get(name) in WRITES_BLOCKED for name in truth.rewrites | truth.scans)


def is_flagged(effects: Sequence[Effects]) -> bool:
    """Give whether a prediction for one transaction says so, certainly or possibly."""
    locks = [lock for one in effects for lock in one.locks if lock.mode.blocks_writes and not lock.is_short]
    blocked = {lock.relation.qualified_name for lock in locks if not lock.relation.is_new}
    work = [one for effect in effects for one in (*effect.rewrites, *effect.scans) if not one.is_empty]
    return bool(blocked & {one.relation.qualified_name for one in work})


def shape(statements: Sequence[str]) -> tuple[str, ...]:
    """Give what forms share that differ in names and constants only: what names mean is the catalog's to say."""
    found: list[str] = []
    for token in scan("; ".join(statements)):
        is_word = token.kind in {"RESERVED_KEYWORD", "UNRESERVED_KEYWORD", "TYPE_FUNC_NAME_KEYWORD"}
        word = token.name if is_word else "?"
        if word != "?" or not found or found[-1] != "?":
            found.append(word)
    return tuple(found)


@dataclass(slots=True)
class Form:
    """What is known of one form over all worlds and majors."""

    dangerous_in: list[str] = field(default_factory=list[str])
    flagged: bool = False
    measured: int = 0
    shape: tuple[str, ...] = ()


def forms_without_catalog(cases: Sequence[Case], majors: Sequence[int]) -> dict[str, Form]:
    """Give the forms with the servers' verdict and the one predicted without a catalog."""
    found: dict[str, Form] = defaultdict(Form)
    for case in cases:
        form = found[case.name.partition("@")[0]]
        form.shape = shape(case.statements)
        for major in majors:
            try:
                truth = measured(case, major) if major in case.majors else None
            except NotMeasuredError:
                truth = None
            if truth is None or truth.refused is not None or "temporary" in case.world.situations:
                continue
            form.measured += 1
            if is_dangerous(truth) and not any(word in case.name for word in AT_ONCE_EMPTY):
                form.dangerous_in.append(f"{case.world.name} {major}")
            form.flagged = form.flagged or _flagged(case, major)
    return {name: form for name, form in found.items() if form.measured}


def false_alarms(forms: dict[str, Form]) -> list[str]:
    """Give the forms that are flagged though no form of their shape is dangerous anywhere."""
    known = {form.shape for form in forms.values() if form.dangerous_in}
    return [name for name, form in forms.items() if form.flagged and not form.dangerous_in and form.shape not in known]


def _flagged(case: Case, major: int) -> bool:
    world = World(None, major)
    world.begin_transaction()
    effects: list[Effects] = []
    for statement in case.statements:
        parsed = parse_statement(statement)
        if not isinstance(parsed, ParseFailure) and not isinstance(parsed.tree, Transaction):
            effects.append(apply(world, parsed))
    return is_flagged(effects)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the forms judged wrongly."""
    parser = argparse.ArgumentParser(description="Judge danger without a catalog.")
    parser.add_argument("--only", default="*", metavar="PATTERN")
    parser.add_argument("--major", type=int, action="append", choices=MAJORS)
    options = parser.parse_args(arguments)
    cases = [case for case in load_cases() if fnmatch(case.name, options.only)]
    forms = forms_without_catalog(cases, options.major or MAJORS)
    missed = {name: form for name, form in forms.items() if form.dangerous_in and not form.flagged}
    alarms = false_alarms(forms)
    for name, form in missed.items():
        print(f"missed {name}: {', '.join(form.dangerous_in[:4])}")  # noqa: T201
    for name in alarms:
        print(f"false alarm {name}")  # noqa: T201
    dangerous = sum(1 for form in forms.values() if form.dangerous_in)
    print(f"{len(forms)} forms, {dangerous} dangerous somewhere: {len(missed)} missed, {len(alarms)} false alarms")  # noqa: T201
    return int(bool(missed or alarms))


if __name__ == "__main__":
    raise SystemExit(main())
