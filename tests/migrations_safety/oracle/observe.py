"""What a backend can see of its own transaction: relations, their files, counters and locks."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection

FIRST_USER_OID = 16384

RELATIONS = """
select
    c.oid::int8,
    pg_catalog.regexp_replace(n.nspname, '^pg_temp_[0-9]+$', 'pg_temp') || '.' || c.relname,
    c.relkind::text,
    c.relfilenode::int8,
    coalesce(i.indrelid, 0)::int8,
    pg_catalog.pg_stat_get_xact_numscans(c.oid)
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_index as i on i.indexrelid = c.oid
where c.oid >= 16384 and n.nspname !~ '^pg_toast' and c.relkind <> 'c'
order by c.oid
"""

LOCKS = """
select l.relation::int8, l.mode
from pg_catalog.pg_locks as l
where
    l.pid = %s
    and l.locktype = 'relation'
    and l.relation >= 16384
    and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A row of pg_class, with the scans of the transaction so far."""

    oid: int
    name: str
    kind: str
    filenode: int
    table: int
    scans: int

    @property
    def is_index(self) -> bool:
        """Return whether it is an index, partitioned ones included."""
        return self.kind in "iI"


@dataclass(frozen=True, slots=True)
class Picture:
    """The relations of a database at one moment."""

    relations: tuple[Relation, ...]

    def by_oid(self) -> dict[int, Relation]:
        """Return the relations by OID."""
        return {relation.oid: relation for relation in self.relations}

    def by_name(self) -> dict[str, Relation]:
        """Return the relations by `schema.name`."""
        return {relation.name: relation for relation in self.relations}


def picture(connection: Connection) -> Picture:
    """Return the user's relations as the current transaction sees them."""
    rows = connection.execute(RELATIONS).fetchall()
    return Picture(tuple(Relation(*row) for row in rows))


def locks(connection: Connection, pid: int) -> list[tuple[int, str]]:
    """Return (relation OID, mode) held or awaited by a backend, modes as the manual writes them."""
    return [(oid, manual_mode(mode)) for oid, mode in connection.execute(LOCKS, (pid,)).fetchall()]


def manual_mode(mode: str) -> str:
    """Return `ACCESS EXCLUSIVE` for `AccessExclusiveLock`.

    >>> manual_mode("ShareUpdateExclusiveLock")
    'SHARE UPDATE EXCLUSIVE'
    """
    name = mode.removesuffix("Lock")
    return "".join(f" {letter}" if letter.isupper() else letter for letter in name).strip().upper()


def rewritten(before: Picture, after: Picture) -> frozenset[str]:
    """Return the names of tables and materialized views whose file is another one."""
    then = before.by_oid()
    return frozenset(
        then[now.oid].name
        for now in after.relations
        if now.kind in "rm" and now.oid in then and now.filenode != then[now.oid].filenode
    )


def built(before: Picture, after: Picture) -> frozenset[str]:
    """Return the names of indexes with a file that did not exist before, on tables that did."""
    tables = {relation.oid for relation in before.relations}
    files = {relation.filenode for relation in before.relations}
    return frozenset(
        now.name for now in after.relations if now.kind == "i" and now.table in tables and now.filenode not in files
    )


def scanned(before: Picture, after: Picture) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tables read sequentially and those read through an index between two pictures of a transaction."""
    now = after.by_oid()
    grown = [then for then in before.relations if (later := now.get(then.oid)) is not None and later.scans > then.scans]
    tables = before.by_oid()
    return (
        frozenset(relation.name for relation in grown if not relation.is_index),
        frozenset(tables[relation.table].name for relation in grown if relation.is_index),
    )


def named(before: Picture, found: Iterable[tuple[int, str]]) -> dict[str, frozenset[str]]:
    """Return the modes by relation, of relations that existed before."""
    names = before.by_oid()
    result: dict[str, frozenset[str]] = {}
    for oid, mode in found:
        if oid in names:
            name = names[oid].name
            result[name] = result.get(name, frozenset()) | {mode}
    return result
