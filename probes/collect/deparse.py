"""Fetching the text of stored expressions: in small batches, apart from the structure, each kind once per shape.

Tenants are copies: a thousand tables share one policy. Expressions with the same stored tree over the same columns have
the same text, so one of them is deparsed for all.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from probes.catalog.expression import Expression, Stored, Unread
from probes.collect.queries import marked
from probes.collect.session import QueryRefusedError, RawRow, Session
from probes.collect.shapes import Shape

_BATCH = 150
"""Each keeps a lock on its table, and on those its subqueries read, until the batch ends."""
_ATTEMPTS = 3
"""How many carriers of one shape are tried before the shape counts as unread."""


@enum.unique
class TextKind(enum.Enum):
    """What can be deparsed, each with a query from oids to (oid, text) pairs."""

    DEFAULT = (
        "select d.oid::int8, pg_catalog.pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attrdef as d where d.oid"
    )
    CHECK = (
        "select c.oid::int8, pg_catalog.pg_get_expr(c.conbin, c.conrelid) "
        "from pg_catalog.pg_constraint as c where c.oid"
    )
    INDEX_EXPRESSIONS = (
        "select i.indexrelid::int8, pg_catalog.pg_get_expr(i.indexprs, i.indrelid) "
        "from pg_catalog.pg_index as i where i.indexrelid"
    )
    INDEX_PREDICATE = (
        "select i.indexrelid::int8, pg_catalog.pg_get_expr(i.indpred, i.indrelid) "
        "from pg_catalog.pg_index as i where i.indexrelid"
    )
    POLICY_USING = (
        "select p.oid::int8, pg_catalog.pg_get_expr(p.polqual, p.polrelid) from pg_catalog.pg_policy as p where p.oid"
    )
    POLICY_CHECK = (
        "select p.oid::int8, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) "
        "from pg_catalog.pg_policy as p where p.oid"
    )
    PARTITION_BOUND = (
        "select c.oid::int8, pg_catalog.pg_get_expr(c.relpartbound, c.oid) from pg_catalog.pg_class as c where c.oid"
    )
    PARTITION_KEY = (
        "select p.partrelid::int8, pg_catalog.pg_get_expr(p.partexprs, p.partrelid) "
        "from pg_catalog.pg_partitioned_table as p where p.partrelid"
    )


def fetch_texts(session: Session, kind: TextKind, wanted: Mapping[int, Shape]) -> dict[Shape, Expression]:
    """The text for each shape, deparsed from one of the objects that have it.

    Must run inside a transaction whose lock_timeout is short. A batch that meets a lock or a vanished object is halved
    until only the object at fault is left, and that one becomes Unread.

    Args:
        session: An open session.
        kind: What to deparse.
        wanted: Shape by object oid.
    """
    carriers: dict[Shape, list[int]] = {}
    for oid, shape in wanted.items():
        carriers.setdefault(shape, []).append(oid)
    found: dict[Shape, Expression] = {}
    for attempt in range(_ATTEMPTS):
        open_shapes = {
            oids[attempt]: shape
            for shape, oids in carriers.items()
            if attempt < len(oids) and not isinstance(found.get(shape), Stored)
        }
        for oid, text in _texts(session, kind, sorted(open_shapes)).items():
            found[open_shapes[oid]] = text
    return found


def _texts(session: Session, kind: TextKind, oids: Sequence[int]) -> dict[int, Expression]:
    texts: dict[int, Expression] = {}
    for start in range(0, len(oids), _BATCH):
        batch = oids[start : start + _BATCH]
        texts.update(dict.fromkeys(batch, Unread("it was dropped meanwhile")))
        texts.update(_batch(session, kind, batch))
    return texts


def _batch(session: Session, kind: TextKind, oids: Sequence[int]) -> dict[int, Expression]:
    try:
        rows = _query(session, kind, oids)
    except QueryRefusedError as refused:
        if len(oids) == 1:
            return {oids[0]: Unread(refused.absent.reason)}
        middle = len(oids) // 2
        return {**_batch(session, kind, oids[:middle]), **_batch(session, kind, oids[middle:])}
    return {oid: Stored(text) if text is not None else Unread("the server gave no text") for oid, text in rows}


def _query(session: Session, kind: TextKind, oids: Sequence[int]) -> list[RawRow]:
    _, rows = session.query(
        marked(f"{kind.value} = any(%(oids)s::pg_catalog.oid[])"), {"oids": list(oids)}, counted=False
    )
    return rows
