"""Lists of expressions as the deparser writes them, cut at their own commas."""

from __future__ import annotations

import re

_STEP = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[(\[]|[)\]]|,|[^'\"()\[\],]+", re.DOTALL)


def split_list(text: str) -> list[str]:
    """The expressions of `a, f(b, c)`: commas in quotes, parentheses and brackets do not count."""
    parts, depth = [""], 0
    for match in _STEP.finditer(text):
        piece = match[0]
        depth += piece in {"(", "["}
        depth -= piece in {")", "]"}
        if piece == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]
