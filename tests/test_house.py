"""What the house looks like from inside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("pgaudit", "probes", "migrations_safety")
WRITTEN_ONCE = ROOT / "pgaudit" / "store" / "versions"
"""What made a version of the store is never edited again."""
MOST_LINES = 50


def functions() -> Iterator[tuple[str, int]]:
    """Each function of the packages with the lines of its body, its docstring left out."""
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if WRITTEN_ONCE not in path.parents:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
                    yield f"{path.relative_to(ROOT)}: {node.name}", (node.end_lineno or 0) - first.lineno + 1


def test_no_body_of_a_function_is_longer_than_a_screen() -> None:
    assert {name: lines for name, lines in functions() if lines > MOST_LINES} == {}
