"""The case table: every form crossed with every world it is meant for."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pglast import split
from pglast.parser import ParseError

from tests.migrations_safety.oracle.model import Case, Where, World
from tests.migrations_safety.oracle.sqlfile import Block, blocks, words

HERE = Path(__file__).parent


@cache
def load_worlds() -> dict[str, World]:
    """Return every world by name. A world holds the SQL of its base before its own."""
    prelude = (HERE / "worlds" / "prelude.sql").read_text(encoding="utf-8").split("\n", 1)[1]
    worlds: dict[str, World] = {}
    for path in sorted((HERE / "worlds").glob("*.sql"), key=lambda path: (path.name != "tables.sql", path.name)):
        if path.name == "prelude.sql":
            continue
        for block in blocks(path):
            base = worlds.get(block.options.get("base", ""))
            worlds[block.name] = World(
                name=block.name,
                sql=f"{base.sql if base else prelude}\n{block.sql}",
                situations=frozenset((*words(block.options, "tags"), *words(block.options, "add")))
                | (_inherited(base, block) if base else frozenset()),
                groups=frozenset(words(block.options, "groups")),
                since=max(int(block.options.get("since", 13)), base.since if base else 13),
            )
    return worlds


def _inherited(base: World, block: Block) -> frozenset[str]:
    """Return the situations of the base that still hold; a special world is not one that every form is tried in."""
    lost = {"empty", "rows"} | ({"table", "plain_table"} if "special" in words(block.options, "groups") else set())
    return base.situations - lost


@cache
def load_cases() -> tuple[Case, ...]:
    """Return every case, cases of one world and area together; names are unique."""
    return tuple(case for path in sorted((HERE / "forms").glob("*.sql")) for case in _file_cases(path))


def load_case(name: str) -> Case:
    """Return the case of that name. Raises KeyError when there is none."""
    return _by_name()[name]


@cache
def _by_name() -> dict[str, Case]:
    return {case.name: case for case in load_cases()}


def _file_cases(path: Path) -> Iterator[Case]:
    for block in blocks(path):
        statements = statements_of(block.sql)
        for world in _worlds_for(block):
            yield Case(
                name=f"{path.stem}/{block.name}@{world.name}",
                world=world,
                statements=statements,
                since=max(int(block.options.get("since", 13)), world.since),
                until=int(block.options.get("until", 18)),
                where=Where(block.options.get("where", "either")),
                undo=tuple(word.replace("~", " ") for word in words(block.options, "undo")),
                tags=frozenset(words(block.options, "tag")),
            )


def _worlds_for(block: Block) -> Iterator[World]:
    """Yield the worlds that an option like `worlds=@table,-@temporary,thing` names, in the order of their files."""
    chosen = words(block.options, "worlds")
    for world in load_worlds().values():
        labels = {world.name, *(f"@{tag}" for tag in world.situations | world.groups)}
        if labels & set(chosen) and not labels & {word[1:] for word in chosen if word.startswith("-")}:
            yield world


@cache
def statements_of(sql: str) -> tuple[str, ...]:
    """Return the statements of a text, without their semicolons."""
    text = re.sub(r"^--.*\n", "", sql, flags=re.MULTILINE)
    try:
        return tuple(split(text))
    except ParseError:
        return tuple(split(text, with_parser=False))
