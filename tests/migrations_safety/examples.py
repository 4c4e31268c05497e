"""The examples on the pages of rules, run: `python -m tests.migrations_safety.examples [RULE ...]`.

A page holds indented blocks after `Given::` (what stands before), `Unsafe::` and `Safe::`. Words in brackets narrow a
block: `Unsafe (with a catalog)::`, `Safe (without a catalog)::`, `Unsafe (17+)::`, `Safe (to 16)::`,
`Unsafe (in the runner's transaction)::`, `Unsafe (one message)::`; several are divided by commas. A line
`-- file NAME` inside a block begins the next file of the deploy.
"""

import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from migrations_safety.judging import Judging, Verdict
from migrations_safety.rule import Profile, Rule
from migrations_safety.rule_index import all_rules
from migrations_safety.rules._index import PROFILES
from migrations_safety.script.model import ScriptText, Wrapping
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Step, Timeline
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import Row
from probes.sql.parse import Parsed, ParseFailure, parse_text
from tests.migrations_safety.given_facts import with_facts

NEWEST = 18
_FIRST_FRESH, _FIRST_COLLECTED = -1000, 15_000
_BLOCK = re.compile(r"^(Given|Unsafe|Safe)(?: \(([^)\n]*)\))?::\n\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
_FILE = re.compile(r"^-- file (\S+)\n", re.MULTILINE)
_WRAPPINGS = {"in the runner's transaction": Wrapping.PER_FILE, "one message": Wrapping.NONE}


@dataclass(frozen=True, slots=True)
class Example:
    """A script that a rule must flag, or must not."""

    rule: Rule
    sql: str
    given: str
    unsafe: bool
    major: int = NEWEST
    catalogs: tuple[bool, ...] = (True, False)
    wrapping: Wrapping = Wrapping.PER_STATEMENT

    @property
    def name(self) -> str:
        """How a test is called."""
        return f"{self.rule.id}:{'unsafe' if self.unsafe else 'safe'}:{' '.join(self.sql.split())[:50]}"


class ExampleError(Exception):
    """An example that says nothing: it does not parse, or the server would refuse it."""


def examples(rule: Rule) -> Iterator[Example]:
    """Give the examples of a page in order."""
    given = ""
    for kind, words, text in _BLOCK.findall(rule.page.rstrip() + "\n"):
        sql = textwrap.dedent(text).strip() + "\n"
        if kind == "Given":
            given = sql
        else:
            yield _narrowed(Example(rule, sql, given, unsafe=kind == "Unsafe"), words)


def _narrowed(example: Example, words: str) -> Example:
    major, catalogs, wrapping = example.major, example.catalogs, example.wrapping
    for word in filter(None, (one.strip() for one in words.split(","))):
        if word in {"with a catalog", "without a catalog"}:
            catalogs = (word == "with a catalog",)
        elif word in _WRAPPINGS:
            wrapping = _WRAPPINGS[word]
        elif found := re.fullmatch(r"(?:(\d\d)\+|to (\d\d))", word):
            major = int(found[1] or found[2])
        else:
            raise ExampleError(f"{example.rule.id}: no such mark: {word}")
    return Example(example.rule, example.sql, example.given, example.unsafe, major, catalogs, wrapping)


@cache
def given_catalog(sql: str, major: int) -> Catalog:
    """Give the catalog that these statements leave in an empty database."""
    world = World(builtin_catalog(major), major)
    parsed = parse_text(sql)
    if isinstance(parsed, ParseFailure):
        raise ExampleError(f"Given does not parse: {parsed.message}")
    for statement in parsed:
        effects = apply(world, statement)
        if effects.is_refused:
            raise ExampleError(f"Given is refused: {effects.refusal}")
    return with_facts(_as_collected(world), sql)


def _as_collected(world: World) -> Catalog:
    """Give the world as a server would: its objects have positive oids."""
    last = world.fresh_mark()

    def renumbered(value: Any) -> Any:
        match value:
            case int() if last <= value < _FIRST_FRESH:
                return _FIRST_COLLECTED - value
            case tuple():
                return tuple(map(renumbered, value))
            case _:
                return value

    catalog = world.catalog()
    areas: dict[type[Row], tuple[Row, ...] | Absent] = {}
    for row_type, rows in catalog.areas():
        changed = not isinstance(rows, Absent) and rows is not builtin_catalog(world.major).rows(row_type)
        areas[row_type] = (
            tuple(row_type(*map(renumbered, msgspec.structs.astuple(row))) for row in rows)
            if changed and not isinstance(rows, Absent)
            else rows
        )
    return Catalog(catalog.server, areas)


def texts_of(example: Example) -> list[ScriptText]:
    """Give the files of an example."""
    parts = _FILE.split(example.sql)
    named = [("a.sql", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]
    return [
        ScriptText(file=name, content=sql.encode(), wrapping=example.wrapping) for name, sql in named if sql.strip()
    ]


def verdicts(example: Example, *, with_catalog: bool) -> list[Verdict]:
    """Give what all rules say of an example. Raises ExampleError where it says nothing."""
    catalog = given_catalog(example.given, example.major) if with_catalog else None
    timeline, judging = Timeline(catalog, example.major), Judging(Profile.PEDANTIC, ignore=_others(example.rule))
    found: list[Verdict] = []
    last: Step | None = None
    for step in timeline.steps(read_script(texts_of(example))):
        if not isinstance(step.statement.outcome, Parsed):
            raise ExampleError(f"does not parse: {step.statement.outcome}")
        if step.effects.is_refused and with_catalog and not example.unsafe:
            raise ExampleError(f"the server refuses a safe example: {step.effects.refusal}")
        with timeline.before():
            found += judging.judge(step)
        last = step
    found += judging.judge_script(last)
    if judging.failed:
        raise ExampleError(f"rules broke: {judging.failed}")
    return found


def _others(rule: Rule) -> frozenset[str]:
    """Give the rules that would speak instead of one that speaks last."""
    return (
        frozenset() if rule.last_resort is None else frozenset(name.replace("_", "-") for name in PROFILES) - {rule.id}
    )


def problems(example: Example) -> Iterator[str]:
    """Say what is wrong with an example."""
    for with_catalog in example.catalogs:
        where = "with a catalog" if with_catalog else "without a catalog"
        try:
            said = verdicts(example, with_catalog=with_catalog)
        except ExampleError as error:
            yield f"{where}: {error}"
            continue
        own = [one.flag.message for one in said if one.rule.id == example.rule.id]
        if example.unsafe and not own:
            yield f"{where}: not flagged (others: {sorted({one.rule.id for one in said})})"
        if not example.unsafe and own:
            yield f"{where}: flagged: {own}"


def main() -> int:
    """Run the examples of the rules named, or of all; print what is wrong, and with one rule what it says."""
    names = set(sys.argv[1:])
    count = wrong = 0
    for rule in all_rules():
        if names and rule.id not in names:
            continue
        for example in examples(rule):
            count += 1
            for problem in problems(example):
                wrong += 1
                print(f"{example.name}\n    {problem}")  # noqa: T201 -- this is a program
            if names and example.unsafe:
                _show(example)
    print(f"{count} examples, {wrong} problems")  # noqa: T201 -- likewise
    return 1 if wrong or not count else 0


def _show(example: Example) -> None:
    for with_catalog in example.catalogs:
        for one in verdicts(example, with_catalog=with_catalog):
            if one.rule.id == example.rule.id:
                lines = one.flag.rewrite.lines() if one.flag.rewrite else ()
                print(f"  {example.name}: {one.flag.message}", *lines, sep="\n      ")  # noqa: T201 -- likewise


if __name__ == "__main__":
    sys.exit(main())
