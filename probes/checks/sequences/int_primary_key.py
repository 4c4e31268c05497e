"""Integer primary key that is filling up.

What: A single-column primary key is smallint or integer, and its sequence has used more than half of it.

Why it matters: At the end every insert fails. Widening the column of a large table, with all columns that refer to it,
takes weeks of preparation if it is to be done without standing still; half way is the time to begin.

When it is harmless: The table grows so slowly that the second half lasts for decades.

How to fix it safely: bigint, for this column and those that refer to it: in place on small tables, through a second
column on large ones.

How it is decided: The primary key has one column of two or four bytes, fed by a sequence that has given out half of
what the column can hold; from 85 percent on near_exhaustion says the same with more weight, and this check is high.

Known limits: Keys that the application makes itself have no sequence to look at, and the largest key is not read from
the table.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgConstraint
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import retype_fix
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.sequences import SEQUENCE_AREAS, fed_sequences, integer_bits
from probes.finding import Advice, Fix, Observed, Severity

_BIGINT_BITS = 63


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    used_ratio: float = 0.5
    high_used_ratio: float = 0.85


@check(
    title="Integer primary key that is filling up",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, *SEQUENCE_AREAS, PgConstraint)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT",),
)
def int_primary_key(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each table whose narrow integer key is half used."""
    for fed in fed_sequences(catalog, wanted=lambda use: use is not None and use.last_value is not None):
        last = fed.use.last_value if fed.use else None
        if last is None or fed.row.cycle:
            continue
        for column in fed.columns:
            bits = integer_bits(column)
            key = column.relation.primary_key
            if bits is None or bits == _BIGINT_BITS or key is None or key.columns != (column.row.number,):
                continue
            used = abs(last) / (1 << bits)
            if used >= at.used_ratio:
                yield _observed(column, used, last, at)


def _observed(column: Column, used: float, last: int, at: At) -> Observed:
    table = column.relation
    referring = tuple(sorted(f"{key.referencing.qualified_name}.{key.name}" for key in table.referenced_by))
    return Observed(
        object=relation_ref(table),
        message=f"primary key {column.name} of {table.qualified_name} is {column.type.sql} and {used:.0%} used",
        evidence={"used_ratio": round(used, 4), "last_value": last, "referenced_by": referring[:10]},
        remedy=_remedy(column, referring),
        severity=Severity.HIGH if used >= at.high_used_ratio else None,
    )


def _remedy(column: Column, referring: tuple[str, ...]) -> Fix | Advice:
    if referring:
        return Advice(
            f"{len(referring)} foreign keys refer to it: widen their columns first, then this one. On a large table "
            "give each a second bigint column, fill it in batches, and exchange them; traffic decides the order."
        )
    return retype_fix(column, "bigint", None, "The table is rewritten under ACCESS EXCLUSIVE.")
