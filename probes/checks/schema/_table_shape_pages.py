"""The documentation pages of the checks on the shape of tables."""

FEW_COLUMNS = """\
Table with one column or none.

What: A table has at most one column.

Why it matters: A single column can say that something is in a set and nothing about it: not since when, not why. A
table without columns can only count.

When it is harmless: A list of allowed values, a queue of keys, a table for tests.

How to fix it safely: Add what is known about each entry, or replace the list by a CHECK or an enum.

How it is decided: Live columns are counted; dropped ones are not.

Known limits: A matter of taste; it runs on request.

Sources: https://www.postgresql.org/docs/current/ddl-basics.html
"""

ALL_NULLABLE = """\
Table in which everything may be null.

What: No column outside the primary key is NOT NULL.

Why it matters: A row that says nothing is accepted. Each query has to think of nulls in each column, NOT IN and sums go
wrong where it does not, and the planner cannot simplify outer joins.

When it is harmless: A staging area that takes what comes.

How to fix it safely: Make the columns that every row has NOT NULL, one at a time: a CHECK that is NOT VALID, validated,
lets SET NOT NULL skip its scan.

How it is decided: At least two columns lie outside the primary key and none of them is marked NOT NULL.

Known limits: A CHECK (x IS NOT NULL) counts for nothing here.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL
"""

ISOLATED = """\
Table without any foreign key.

What: The table references no table, and none references it.

Why it matters: Often a reference was meant and never declared, so that orphans gather unseen.

When it is harmless: Settings, logs, queues, tables that a tool keeps for itself.

How to fix it safely: Declare the key NOT VALID, look at the rows that break it, validate.

How it is decided: No constraint of type f has the table on either side, in any schema.

Known limits: Many sound tables stand alone; it runs on request.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

EMPTY = """\
Empty table.

What: A table holds no rows and took none since the counters began.

Why it matters: It may be what is left of a feature, and everybody who reads the schema wonders.

When it is harmless: The feature is new, or the table is filled once a year.

How to fix it safely: Ask who uses it, then drop it, with its definition kept in the migrations.

How it is decided: No pages, no estimated rows, and no inserts in the counters, over all partitions. Rows are never
counted.

Known limits: Right after a reset of the counters every table that was truncated looks like that.

Sources: https://www.postgresql.org/docs/current/sql-droptable.html
"""

INHERITANCE = """\
Table inheritance.

What: A table inherits from another one and is not a partition.

Why it matters: Primary keys, unique constraints and foreign keys of the parent hold for the parent's own rows only: the
same key may be in every child. Queries on the parent read all children whether they can match or not, and people forget
ONLY.

When it is harmless: An old set-up of partitions with constraint exclusion that is about to be replaced.

How to fix it safely: Attach the children to a partitioned table instead; with the right CHECK constraints no rows are
read for it.

How it is decided: pg_inherits has the table as a child, and it is not a partition.

Known limits: None.

Sources: https://www.postgresql.org/docs/current/ddl-inherit.html#DDL-INHERIT-CAVEATS
"""

TABLE_COMMENT = """\
Table without a comment.

What: Nothing says what a row of the table stands for.

Why it matters: The comment is the one piece of documentation that travels with the schema, into every client, diagram
and dump.

When it is harmless: The name says it all.

How to fix it safely: COMMENT ON TABLE; it takes a lock for a moment and nothing else.

How it is decided: pg_description has no text, or only blanks, for the table.

Known limits: It runs on request: not every house documents in the database.

Sources: https://www.postgresql.org/docs/current/sql-comment.html
"""

COLUMN_COMMENT = """\
Columns without comments.

What: Some columns of a table have no comment.

Why it matters: Which unit an amount is in, what null means, which states a status has: it is asked again by everybody
who joins the team.

When it is harmless: Columns such as id and created_at need no words.

How to fix it safely: Begin with those that were asked about last week.

How it is decided: Columns without a row in pg_description; one finding for each table.

Known limits: On request only, and it counts every column alike.

Sources: https://www.postgresql.org/docs/current/sql-comment.html
"""

INCREMENTING = """\
Columns with numbers in their names.

What: A table has columns such as phone1 and phone2.

Why it matters: A list was pressed into a row. Every query has to look into each of them, the fourth value needs a
migration, and nothing keeps one of them from being filled twice.

When it is harmless: The number is part of the matter: line1 and line2 of an address as the post prints it.

How to fix it safely: A table of its own with one row for each value, filled by an INSERT ... SELECT from both; keep the
old columns until the code is changed.

How it is decided: Two or more columns differ only in the digits at the end.

Known limits: A name such as sha256 is a group only if there is another sha with a number.

Sources: https://www.postgresql.org/docs/current/ddl-basics.html
"""

MANY_SLOTS = """\
Table near the limit of columns.

What: A table has used four fifths of the 1,600 column numbers that it can ever have.

Why it matters: A dropped column keeps its number for ever. A tool that drops and adds columns with each deployment gets
there without anybody noticing, and then ALTER TABLE ... ADD COLUMN fails for good.

When it is harmless: The columns will never change again.

How to fix it safely: Build a copy of the table and exchange the two; pg_dump and restore does the same for a whole
database.

How it is decided: pg_class.relnatts, which counts dropped columns, against 1,600.

Known limits: Row width, which often limits sooner, is not estimated.

Sources: https://www.postgresql.org/docs/current/limits.html
"""

SHARED_FUNCTION = """\
Trigger function of several tables.

What: Triggers of more than one table call the same function, and not all of them at the same events.

Why it matters: The function has to find out for whom and when it runs. A change that one table needs changes the
others.

When it is harmless: Nearly always, as with a function that records changes wherever it is told to. It runs on request.

How to fix it safely: Copy the function before you change it for one table only.

How it is decided: pg_trigger.tgfoid of users' triggers, those of partitions counted with their root. Triggers that are
all alike in time, level and events, as those that set updated_at, are one deliberate thing and are left alone.

Known limits: None.

Sources: https://www.postgresql.org/docs/current/plpgsql-trigger.html
"""
