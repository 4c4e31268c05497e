"""The documentation pages of the checks on primary keys."""

TOO_MANY_COLUMNS = """\
Primary key of many columns.

What: The primary key has more than four columns.

Why it matters: Every table that references it has to carry all of them, with an index on all of them; joins compare all
of them; caches and URLs of the application are made of all of them. Changing one of the values changes it everywhere.

When it is harmless: A fact table of a warehouse that nothing references, where the key only keeps loads from being
repeated.

How to fix it safely: Give the table a surrogate key and keep the old columns unique. Do it table by table, referencing
tables last.

How it is decided: The columns of the primary key are counted; many_columns sets the limit.

Known limits: A partition key that the server forces into the primary key counts like any other column.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
"""

NATURAL_KEY = """\
Primary key with a natural value.

What: A column of the primary key is neither an integer nor a uuid.

Why it matters: Names, codes and mail addresses are corrected, recycled and merged. When the value is the key, the
correction has to reach every referencing row in the same moment, and personal data spreads into tables and logs that
only wanted a reference.

When it is harmless: Codes that a standard keeps stable, such as currencies and countries, and small lookup tables. It
is a matter of taste often enough, so it runs only on request.

How to fix it safely: Add a surrogate key beside it, move references over one table at a time, and leave the natural one
unique.

How it is decided: The base types of the key's columns; date and time types are allowed in partitioned tables, which
must have their partition key in it.

Known limits: An integer can be a natural value too: a customer number, a year.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
"""

CHAR_UUID = """\
UUID kept as text in a primary key.

What: An identifier in the primary key is varchar or char of length 32, 36 or 38: the length of a UUID in hexadecimal
digits.

Why it matters: 37 bytes instead of 16, in the table, in its index and in every table that refers to it; comparison by
collation instead of by bytes; and two spellings of one value, in capitals and in small letters, are two keys.

When it is harmless: The values only happen to have that length.

How to fix it safely: uuid takes every one of these spellings in a cast. Columns of other tables that refer to it have
to change in the same transaction, with the foreign keys dropped and declared again around it.

How it is decided: By type and length of the column, and a name that ends in id, uuid or guid; a version or a digest may
be as long. The values are not looked at, hence the medium confidence.

Known limits: A text column without a length is not recognised.

Sources: https://www.postgresql.org/docs/current/datatype-uuid.html
"""

NOT_FIRST = """\
Primary key that is not the first column.

What: The first column of the table is not part of its primary key.

Why it matters: It does not matter to the server. People read a table from the left and expect to see what identifies a
row; tools that show a few columns leave the key out.

When it is harmless: Nearly always, which is why it has to be asked for.

How to fix it safely: Do not rebuild a table for this. Mind the order when the table is made anew for another reason.

How it is decided: The live column with the smallest number is compared with the columns of the key.

Known limits: Columns that were dropped and added again always come last, whatever the first migration said.

Sources: https://wiki.postgresql.org/wiki/Alter_column_position
"""
