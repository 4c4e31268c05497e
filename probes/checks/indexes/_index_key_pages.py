"""The documentation pages of the checks on the keys of indexes."""

NULLS_ESCAPE = """\
Unique index that nulls escape.

What: A unique index or constraint has a column that may be null, and nulls count as distinct.

Why it matters: Two rows that agree in everything and have a null in that column are both accepted, as often as one
likes. ON CONFLICT does not see them either, so an upsert inserts again each time.

When it is harmless: A single optional value that must be unique where it is given, such as a phone number; that case is
informational. With several columns the null is more often an oversight.

How to fix it safely: Make the column NOT NULL if every row has a value. From 15 on NULLS NOT DISTINCT counts nulls as
equal; the index is built anew for it. Look for repeated rows first.

How it is decided: The index is unique, not the primary key, not NULLS NOT DISTINCT; one of its key columns is neither
NOT NULL nor generated, and neither the index's predicate nor a CHECK, alone or together, proves that it holds no null:
with CHECK (kind <> 1 OR user_id IS NOT NULL) an index WHERE kind = 1 is sound. Materialized views are passed over.

Known limits: Whether two such rows would be a fault is known to the business only, hence the medium confidence.
Expressions are not judged.

Sources: https://www.postgresql.org/docs/current/indexes-unique.html
"""

BOOLEAN = """\
Index that begins with a boolean.

What: The first or only key of a btree is a boolean.

Why it matters: Half of an index is no shorter way than the table. Where the values are even, the planner reads the
table instead; where one is rare, an index that holds only those rows is a small part of this one's size and is written
only when such a row is.

When it is harmless: The rare value is looked up, and the table is so small that the rest of the index costs nothing.

How to fix it safely: Build a partial index on a column that queries also filter or sort by, WHERE the boolean has the
value they ask for; then drop this one.

How it is decided: The index is a usable btree, not unique, without a predicate, and its first key is a boolean column.

Known limits: How rare each value is is not weighed.

Sources: https://www.postgresql.org/docs/current/indexes-partial.html
"""

ARRAY = """\
Btree on an array.

What: A key of a btree is a column of an array type.

Why it matters: A btree sorts arrays as wholes. Queries that ask whether an element is in the array, or whether two
arrays overlap, cannot use it and read the table, while each write pays for it; a long array even fails to be inserted,
since an entry must fit a third of a page.

When it is harmless: Whole arrays are compared for equality, as paths and keys made of parts are. A unique index is left
alone for that reason.

How to fix it safely: Build a GIN index on the column concurrently, see that the queries use it, drop this one.

How it is decided: The category of the column's base type is A and the index is a non-unique btree; included columns do
not count.

Known limits: The queries are not looked at.

Sources: https://www.postgresql.org/docs/current/gin.html
"""

IDLE_PREDICATE = """\
Partial index that leaves nothing out.

What: An index is restricted to rows where certain columns are not null, and those columns are NOT NULL.

Why it matters: It holds every row, but the planner must prove the predicate for each query before it may use it, cannot
use it for an ON CONFLICT without the same WHERE, and people reading the schema believe in nulls that cannot be.

When it is harmless: The column is about to become nullable again.

How to fix it safely: Build the same index without the predicate concurrently, then drop this one.

How it is decided: Each condition of the predicate is IS NOT NULL on a column that is marked NOT NULL; a predicate with
anything else in it is left alone.

Known limits: A CHECK that forbids nulls is not taken for NOT NULL.

Sources: https://www.postgresql.org/docs/current/indexes-partial.html
"""
