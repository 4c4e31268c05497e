"""What is said of a table when all of it is there: row security, replica identity, the index it is clustered by."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import PgClass, PgIndex
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.indexes import about_index
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe
from probes.render.tables import about_relation

_IDENTITIES = {"f": "full", "n": "nothing"}


def table_flags(names: Names) -> Iterator[Given]:
    """Row security and replica identity of tables."""
    identified = {row.relation for row in names.catalog.rows(PgIndex) if row.is_replica_identity}
    for row in names.catalog.rows(PgClass):
        if row.kind in "rp" and not names.is_member("pg_class", row.oid):
            words = tuple(_words(row))
            lost = row.replica_identity == "i" and row.oid not in identified
            if lost:
                about = about_relation(names, row)
                yield Piece(("lost", row.oid), Phase.FLAG, about, (), lacks=("that the index of its identity is gone",))
            if words:
                yield _flagged(names, ("flags", row.oid), about_relation(names, row), row.oid, words)


def _words(row: PgClass) -> Iterator[str]:
    if row.row_security:
        yield "enable row level security"
    if row.force_row_security:
        yield "force row level security"
    if row.replica_identity in _IDENTITIES:
        yield f"replica identity {_IDENTITIES[row.replica_identity]}"


def index_flags(names: Names) -> Iterator[Given]:
    """Which index a table is clustered by or identified by, and how many values of a key are sampled."""
    for row in names.catalog.rows(PgIndex):
        if names.is_member("pg_class", row.relation):
            continue
        words = ["cluster on"] if row.clustered else []
        words += ["replica identity using index"] if row.is_replica_identity else []
        for word in words:
            key: Key = (word, row.oid)
            yield _index_flag(names, key, about_index(names, row), row, word)


def _index_flag(names: Names, key: Key, about: ObjectRef, row: PgIndex, word: str) -> Given:
    def write(scribe: Scribe) -> Piece:
        scribe.need("pg_class", row.oid)
        table = names.catalog.find(PgClass, row.relation)
        kind = "materialized view" if table is not None and table.kind == "m" else "table only"
        sql = f"alter {kind} {scribe.relation(row.relation)} {word} {quoted(row.name)}"
        return scribe.piece(key, Phase.FLAG, about, [sql])

    return written(names, key, about, write)


def _flagged(names: Names, key: Key, about: ObjectRef, relation: int, words: tuple[str, ...]) -> Given:
    def write(scribe: Scribe) -> Piece:
        name = scribe.relation(relation)
        return scribe.piece(key, Phase.FLAG, about, [f"alter table only {name} {word}" for word in words])

    return written(names, key, about, write)
