"""The documentation pages of the checks on column types."""

TIMESTAMP = """\
Timestamp without time zone.

What: A column is timestamp, not timestamptz.

Why it matters: The value is what a clock on some wall showed. Which wall is in nobody's record: two servers, or one
server before and after its zone was changed, store different values for one moment, and an hour a year exists twice.
Subtracting two of them across a change of the clocks is wrong by an hour.

When it is harmless: It means local time on purpose: opening hours, a calendar entry that must stay at nine whatever the
law does to clocks.

How to fix it safely: Find out in which zone the values were written; then retype with AT TIME ZONE of it. timestamptz
is no larger. The rewrite needs a quiet moment; on a large table add a second column, fill it in batches and exchange
the two.

How it is decided: The column's type is timestamp. Views are left out: they show local time by AT TIME ZONE, rightly.
Partitions are judged with their root.

Known limits: Domains and arrays over timestamp are not looked into.

Sources: https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

TIMETZ = """\
Time of day with time zone.

What: A column is time with time zone.

Why it matters: It stores an offset from UTC with a time of day, but most zones have two offsets and only a date says
which one holds. Comparing two values converts both to UTC, so 23:30-05 sorts after 03:00+00 of the same evening. The
manual keeps the type for the SQL standard's sake alone.

When it is harmless: Every value was written with one and the same offset, and nobody compares them.

How to fix it safely: Store the time of day without a zone and the zone's name beside it, or a timestamptz if a moment
is meant.

How it is decided: The type of a table's own column is timetz.

Known limits: An array or a domain of it is not found.

Sources: https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

JSON = """\
json where jsonb would do.

What: A column is json, the text of a document, instead of jsonb, the parsed one.

Why it matters: Each operator parses the whole text again. There is no equality, so DISTINCT, GROUP BY and UNION on it
raise an error, and GIN cannot index it.

When it is harmless: The document is kept as evidence and has to come back byte for byte: signed payloads, requests as
they arrived, keys in their order.

How to fix it safely: Cast to jsonb while the table is quiet, or through a second column. A document with a key given
twice keeps the last one.

How it is decided: The declared type of the column is json.

Known limits: Text columns that hold documents look like any other text.

Sources: https://www.postgresql.org/docs/current/datatype-json.html
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

CHAR = """\
Blank-padded character column.

What: A column is char(n) with n above one.

Why it matters: Shorter values are filled up with blanks, on disk and on the wire. Those blanks do not count in
comparisons between two such values, count in LIKE and regular expressions, and vanish when the value becomes text: the
same row is found by one query and missed by the next. An index on it is larger than it need be, and a longer value is
refused anyway.

When it is harmless: Every value has exactly n characters: country codes, hashes.

How to fix it safely: varchar(n) with trailing blanks cut off keeps the limit and loses the padding.

How it is decided: The type is bpchar with a length of at least two. char(1) is left alone, and so is the internal
one-byte type "char".

Known limits: Whether all values fill the length is not known without reading them.

Sources: https://www.postgresql.org/docs/current/datatype-character.html
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

VARCHAR = """\
Character column with a length limit.

What: A column is varchar(n).

Why it matters: The limit saves neither space nor time. It was often guessed, and the day a value is longer the write
fails in production; a CHECK would be changed more easily and would carry a name that says why.

When it is harmless: The limit is a rule of the business or of a protocol. Many people like it as documentation, which
is why this check runs only on request.

How to fix it safely: varchar(n) becomes text without a rewrite. Where the limit is meant, add a CHECK on length(), NOT
VALID first.

How it is decided: The type is varchar and carries a length.

Known limits: A view that shows the column keeps the old type and has to be made again.

Sources: https://www.postgresql.org/docs/current/datatype-character.html
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

MONEY = """\
Column of type money.

What: A column is of the type money.

Why it matters: How many decimals a value has, and which currency it is printed in, is decided by lc_monetary of the
session that reads it. A dump that is restored under another locale changes the amounts. Division by an integer cuts
fractions off.

When it is harmless: One locale for ever, one currency, and nobody divides.

How to fix it safely: numeric, with the currency in a column of its own.

How it is decided: money is the column's declared type; expressions and views are not looked at.

Known limits: Amounts kept as floating point are found by money_as_float.

Sources: https://www.postgresql.org/docs/current/datatype-money.html
https://wiki.postgresql.org/wiki/Don%27t_Do_This
"""

LARGE_OBJECT = """\
Column that may hold large objects.

What: A table has a column of type oid, which object-relational mappers use for large objects (@Lob in Java).

Why it matters: The object lives in pg_largeobject, apart from the row. Deleting or updating the row leaves the object
there for ever, grants and row security of the table do not guard it, and logical replication does not carry it.

When it is harmless: The column refers to objects of the catalog and is filled by monitoring code.

How to fix it safely: Copy the objects into a bytea column and unlink them, batch by batch; until then run vacuumlo from
time to time, which removes objects that no row mentions.

How it is decided: By the type oid alone, therefore with low confidence.

Known limits: Object ids that were stored as bigint or in a domain of the extension lo are not seen.

Sources: https://www.postgresql.org/docs/current/lo.html
https://www.postgresql.org/docs/current/largeobjects.html
"""
