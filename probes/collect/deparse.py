"""Fetching the text of stored expressions: in small batches, apart from the structure, each kind once per shape.

Tenants are copies: a thousand tables share one policy. Expressions with the same stored tree over the same columns have
the same text, so one of them is deparsed for all.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from probes.catalog.expression import Expression, Stored, Unread
from probes.catalog.locks import LockMode
from probes.collect.locked import locked_relations
from probes.collect.queries import marked
from probes.collect.session import LockedOutError, QueryRefusedError, RawRow, Session
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


def fetch_texts(
    session: Session, kind: TextKind, wanted: Mapping[int, Shape], relations: Mapping[int, int]
) -> dict[Shape, Expression]:
    """The text for each shape, deparsed from one of the objects that have it.

    Must run inside a transaction whose lock_timeout is short. A batch that meets a lock goes on without the objects of
    all relations that are locked then; where that is not it, or an object has vanished, it is halved until only the
    object at fault is left. What is left out becomes Unread.

    Args:
        session: An open session.
        kind: What to deparse.
        wanted: Shape by object oid.
        relations: The relation that each object belongs to, by object oid; 0 for a domain's.
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
        oids = sorted(open_shapes)
        for start in range(0, len(oids), _BATCH):
            batch = {oid: relations[oid] for oid in oids[start : start + _BATCH]}
            texts = dict.fromkeys(batch, Unread("it was dropped meanwhile")) | _texts(session, kind, batch)
            found.update({open_shapes[oid]: text for oid, text in texts.items()})
    return found


def _texts(session: Session, kind: TextKind, relations: Mapping[int, int]) -> dict[int, Expression]:
    """What became of each object, of those that are still there."""
    if not relations:
        return {}
    try:
        rows = _query(session, kind, list(relations))
    except LockedOutError as refused:
        locked = locked_relations(session, LockMode.ACCESS_SHARE)
        free = {oid: relation for oid, relation in relations.items() if relation not in locked}
        unread = dict.fromkeys(relations.keys() - free.keys(), Unread(refused.absent.reason))
        return unread | (_texts(session, kind, free) if unread else _halved(session, kind, free, refused))
    except QueryRefusedError as refused:
        return _halved(session, kind, relations, refused)
    return {oid: Stored(text) if text is not None else Unread("the server gave no text") for oid, text in rows}


def _halved(
    session: Session, kind: TextKind, relations: Mapping[int, int], refused: QueryRefusedError
) -> dict[int, Expression]:
    oids = list(relations)
    if len(oids) == 1:
        return {oids[0]: Unread(refused.absent.reason)}
    middle = len(oids) // 2
    first, second = ({oid: relations[oid] for oid in half} for half in (oids[:middle], oids[middle:]))
    return _texts(session, kind, first) | _texts(session, kind, second)


def _query(session: Session, kind: TextKind, oids: Sequence[int]) -> list[RawRow]:
    _, rows = session.query(
        marked(f"{kind.value} = any(%(oids)s::pg_catalog.oid[])"), {"oids": list(oids)}, counted=False
    )
    return rows
