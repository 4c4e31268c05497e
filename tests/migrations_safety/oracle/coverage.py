"""Which nodes of the grammar are measured, in which situations.

`python -m tests.migrations_safety.oracle.coverage` writes the table.
"""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pglast import ast, enums
from pglast.parser import parse_sql_json

from tests.migrations_safety.oracle.cases import load_cases
from tests.migrations_safety.oracle.model import Case, Where

TABLE = Path(__file__).parent / "coverage.md"

MADE_BY_THE_SERVER = "made by the server from other nodes, never by the parser"
EXCLUDED = {
    "AT_AddColumnToView": "made by CREATE OR REPLACE VIEW (measured as ViewStmt)",
    "AT_CookedColumnDefault": MADE_BY_THE_SERVER,
    "AT_AddIndex": MADE_BY_THE_SERVER,
    "AT_AddIndexConstraint": MADE_BY_THE_SERVER,
    "AT_ReAddIndex": MADE_BY_THE_SERVER,
    "AT_ReAddConstraint": MADE_BY_THE_SERVER,
    "AT_ReAddDomainConstraint": MADE_BY_THE_SERVER,
    "AT_ReAddComment": MADE_BY_THE_SERVER,
    "AT_ReAddStatistics": MADE_BY_THE_SERVER,
    "AT_ReplaceRelOptions": MADE_BY_THE_SERVER,
    "PLAssignStmt": "only inside PL/pgSQL, never in SQL text",
    "RawStmt": "the wrapper around every statement",
    "ReturnStmt": "only in the body of a SQL function",
    "SetOperationStmt": "made by parse analysis from SelectStmt",
}
"""Nodes that no statement of a migration consists of, and why."""


def grammar_nodes() -> list[str]:
    """Return the statement nodes and ALTER TABLE subcommands of the parser's grammar that need a case."""
    statements = [name for name in dir(ast) if name.endswith("Stmt")]
    return [name for name in [*statements, *enums.AlterTableType.__members__] if name not in EXCLUDED]


@cache
def nodes_of(sql: str) -> frozenset[str]:
    """Return the statement nodes and ALTER TABLE subcommands found anywhere in a statement."""
    return frozenset(_nodes(json.loads(parse_sql_json(sql))))


def _nodes(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key.endswith("Stmt"):
                yield key
            if key == "subtype" and isinstance(value, str) and value.startswith("AT_"):
                yield value
            yield from _nodes(value)


def situations_of(case: Case) -> frozenset[str]:
    """Return what is special about the world, the text and the transaction of a case."""
    text = " ".join(case.statements).lower()
    said = {
        "if_exists": "if exists" in text or "if not exists" in text,
        "cascade": "cascade" in text,
        "only": " only " in text,
        "concurrently": "concurrently" in text,
        "not_valid": "not valid" in text,
        "combined": _subcommands(case) > 1,
        "sequence": len(case.statements) > 1,
        "inside_transaction": case.where is not Where.OUTSIDE,
        "outside_transaction": case.where is Where.OUTSIDE,
    }
    return case.world.situations | {name for name, holds in said.items() if holds}


def _subcommands(case: Case) -> int:
    return max(json.dumps(json.loads(parse_sql_json(text))).count('"AlterTableCmd"') for text in case.statements)


def count() -> tuple[dict[str, Counter[str]], list[str]]:
    """Return the number of cases by node and situation, and the situations met."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in grammar_nodes()}
    for case in load_cases():
        situations = situations_of(case)
        for node in frozenset[str]().union(*map(nodes_of, case.statements)) & counts.keys():
            counts[node].update([*situations, "all"])
    return counts, sorted({situation for counter in counts.values() for situation in counter} - {"all"})


def render() -> str:
    """Return the table as Markdown."""
    counts, situations = count()
    lines = [
        "# Cases by node of the grammar and situation",
        "",
        f"{len(load_cases())} cases. Written by `python -m tests.migrations_safety.oracle.coverage`.",
        "",
        "| node | all | " + " | ".join(situations) + " |",
        "|---|" + "---|" * (len(situations) + 1),
        *(_row(node, counter, situations) for node, counter in counts.items()),
        "",
        "Without a case:",
        "",
        *(f"- {node}: {reason}" for node, reason in EXCLUDED.items()),
    ]
    return "\n".join(lines) + "\n"


def _row(node: str, counter: Counter[str], situations: list[str]) -> str:
    cells = [str(counter[situation] or "") for situation in situations]
    return f"| {node} | {counter['all'] or ''} | " + " | ".join(cells) + " |"


def main() -> None:
    """Write the table."""
    TABLE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
