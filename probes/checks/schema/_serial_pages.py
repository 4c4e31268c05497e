"""The documentation pages of the checks on serial columns."""

PRIMARY_KEY = """\
Serial primary key.

What: The primary key takes its values from a default that calls nextval() on a sequence of its own, as serial makes it.

Why it matters: Column and sequence are two objects: inserting needs a grant on the second, CREATE TABLE ... LIKE shares
it, and nothing stops a statement from writing its own number and colliding later. Identity columns are one object and
say what they are.

When it is harmless: It works, and has for twenty years; hence on request only.

How to fix it safely: Drop the default, make the column an identity, carry the counter over. It changes the catalog
only, under a short exclusive lock.

How it is decided: The sequence depends on the column automatically (deptype a), and the column's default uses it.

Known limits: Sequences that an application made by hand and never tied to the column are not serials.

Sources: https://www.postgresql.org/docs/current/ddl-identity-columns.html
"""

OTHER = """\
Serial column outside the primary key.

What: A column that is not in the primary key is a serial.

Why it matters: A number that only counts is rarely what was wanted there: rolled back transactions leave gaps, so
invoice numbers made like that have holes, and two sessions draw them in another order than they commit.

When it is harmless: The number is only a handle for people, gaps and all.

How to fix it safely: If it may have gaps, make it an identity column. If not, draw it from a row that is locked, at the
price of one writer at a time.

How it is decided: As for a serial key, for columns outside of it.

Known limits: Whether gaps matter is not in the catalog.

Sources: https://www.postgresql.org/docs/current/ddl-identity-columns.html
"""
