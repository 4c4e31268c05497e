"""Start Python, read migrations, split and parse them into typed structs, judge nothing: no gate in Python does less.

Run as `python -m tests.bench.reading FOLDER`; it writes the number of statements.
"""

from __future__ import annotations

import sys
from pathlib import Path

from probes.sql.parse import parse_pieces
from probes.sql.splitter import PieceKind, split


def statements_of(folder: Path) -> int:
    """The number of statements in the files of a folder, each parsed."""
    found = 0
    for file in folder.iterdir():
        data = file.read_bytes()
        pieces = [piece for piece in split(data) if piece.kind is PieceKind.STATEMENT]
        found += sum(1 for _ in parse_pieces(data, pieces))
    return found


if __name__ == "__main__":
    print(statements_of(Path(sys.argv[1])))  # noqa: T201 - what it is run for
