"""Sequence that is running out of values.

What: A sequence has given out most of the values that it, or the column it fills, can hold.

Why it matters: With the last value every insert into the table fails, at once and for everybody. Widening a column of
many million rows is then done in a hurry under an exclusive lock, while the application stands still.

When it is harmless: The sequence cycles on purpose, or nothing stores its values. Sequences that cycle are left out.

How to fix it safely: Widen the column to bigint while there is time: on a small table in place, on a large one through
a second column that is filled in batches. Columns of other tables that refer to it need the same, before the first
large value arrives.

How it is decided: The limit is the narrower of the sequence's own maximum and the range of the columns that it feeds:
the one that owns it, identity columns, and every default that calls nextval() on it. A bigint sequence behind an
integer column ends at 2,147,483,647. Descending sequences are measured towards their minimum. From 85 percent on it is
reported, from 95 percent on as critical.

Known limits: Values that the application draws with nextval() and stores elsewhere are not known to the catalog. A
sequence that our role may not read counts as not checked.

Sources: https://www.postgresql.org/docs/current/sql-createsequence.html
https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import SequenceUse
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.columns import RETYPED, Types
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.sequences import SEQUENCE_AREAS, Fed, fed_sequences, integer_bits
from probes.finding import Advice, Fix, Observed, Severity

_BIGINT_BITS = 63


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    used_ratio: float = 0.85
    critical_used_ratio: float = 0.95


@check(
    title="Sequence that is running out of values",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, *SEQUENCE_AREAS)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/sql-createsequence.html",
        "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL",
    ),
)
def near_exhaustion(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each sequence that has used up most of its range."""
    for fed in fed_sequences(catalog, wanted=_may_be_used):
        if fed.row.cycle:
            continue
        if fed.use is None or not fed.use.readable:
            reason = "its last value is not readable"
            yield Unchecked(relation_ref(fed.relation), reason, f"SELECT on sequence {fed.relation.qualified_name}")
        elif fed.used_ratio >= at.used_ratio:
            yield _observed(fed, at)


def _may_be_used(use: SequenceUse | None) -> bool:
    return use is None or not use.readable or use.last_value is not None


def _bounded_by(fed: Fed, feeds: tuple[str, ...]) -> str:
    """Whose end it is: the column's, or one that the sequence was given."""
    bits = integer_bits(fed.columns[0]) if fed.columns else None
    if feeds and bits is not None and fed.limit in {(1 << bits) - 1, -(1 << bits)}:
        return f" that {feeds[0]} can hold"
    return f" that it may give to {feeds[0]}" if feeds else " it has"


def _observed(fed: Fed, at: At) -> Observed:
    feeds = tuple(f"{column.relation.qualified_name}.{column.name} {column.type.sql}" for column in fed.columns)
    return Observed(
        object=relation_ref(fed.relation),
        message=(
            f"sequence {fed.relation.qualified_name} has used {fed.used_ratio:.1%} of the values"
            f"{_bounded_by(fed, feeds)}; at {fed.limit:,} inserts fail"
        ),
        evidence={
            "used_ratio": round(fed.used_ratio, 4),
            "last_value": fed.use.last_value if fed.use else None,
            "limit_value": fed.limit,
            "feeds": feeds,
        },
        remedy=_remedy(fed),
        severity=Severity.CRITICAL if fed.used_ratio >= at.critical_used_ratio else None,
    )


def _remedy(fed: Fed) -> Fix | Advice:
    narrow = [column for column in fed.columns if (integer_bits(column) or _BIGINT_BITS) < _BIGINT_BITS]
    if not narrow and fed.row.type == Types.BIGINT and fed.limit in {(1 << 63) - 1, -(1 << 63)}:
        return Advice("There is no wider integer: start it again at unused values, or change the column to uuid.")
    sql = [f"alter table {column.relation.sql} alter column {quoted(column.name)} type bigint" for column in narrow]
    bound = "maxvalue" if fed.is_ascending else "minvalue"
    own_type = "" if fed.is_identity else " as bigint"
    sql.append(f"alter sequence {fed.relation.sql}{own_type} no {bound}")
    return Fix(
        sql=tuple(sql),
        changes=(*RETYPED, "pg_sequence"),
        note=(
            "Widening a column rewrites its table under ACCESS EXCLUSIVE; on a large one fill a second column in "
            "batches and exchange them. Widen the columns that refer to it as well."
        )
        if narrow
        else None,
    )
