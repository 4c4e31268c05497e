"""A constraint that is written inside ADD COLUMN, cut out as a table constraint."""

from __future__ import annotations

from probes.catalog.names import quoted

_STARTS = {"c": "CHECK", "f": "REFERENCES"}
_ENDS = frozenset({"DEFAULT", "NOT", "NULL_P", "CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "GENERATED"})
_BEFORE_NULL = frozenset({"SET"})
_OPENING = frozenset({"ASCII_40", "ASCII_91"})
_CLOSING = frozenset({"ASCII_41", "ASCII_93"})


def cut_constraint(clause: str, kind: str, column: str) -> tuple[str, str] | None:
    """The clause without the constraint, and the constraint at table level.

    Args:
        clause: `add column ...` as written.
        kind: pg_constraint.contype of the constraint: c or f.
        column: The column's name.
    """
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(clause) if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
    names = [token.name for token in tokens]
    if kind not in _STARTS or names.count(_STARTS[kind]) != 1:
        return None
    start = names.index(_STARTS[kind])
    end, depth = start + 1, 0
    while end < len(names):
        depth += (names[end] in _OPENING) - (names[end] in _CLOSING)
        if not depth and names[end] in _ENDS and names[end - 1] not in _BEFORE_NULL:
            break
        end += 1
    first = start - 2 if start > 1 and names[start - 2] == "CONSTRAINT" else start
    body = clause[tokens[start].start : tokens[end - 1].end + 1]
    before = clause[: tokens[first].start].rstrip()
    after = clause[tokens[end - 1].end + 1 :].strip()
    table_level = body if kind == "c" else f"foreign key ({quoted(column)}) {body}"
    return f"{before} {after}".strip(), table_level
