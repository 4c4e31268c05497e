"""The documentation pages of the checks on indexes that are hardly used."""

RARELY = """\
Index that is written far more than read.

What: Each row that was written to the table cost this index an entry, and queries came back for fewer than one of them.

Why it matters: It slows every insert and most updates for the sake of a few reads, which may well be served by another
index of the table.

When it is harmless: The few reads must be fast: a clean-up job, a support page, the lookup of an order number.

How to fix it safely: Find the queries (pg_stat_statements), see in their plans whether another index would do, then
drop it concurrently. Keep the definition at hand.

How it is decided: Since counters began, at least seven days ago, the table was written more than a hundred times; the
index was scanned, but not more than once per written row, and took less than a tenth of all scans of the table.
Heap-only updates do not count as writes. Indexes behind constraints, the only one that serves a foreign key, and one
that makes another redundant are left out.

Known limits: One scan can do a great deal of work; the counter does not tell.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW
"""

SELDOM = """\
Large index that is seldom used.

What: An index of more than a hundred megabytes serves less than a twentieth of the scans of its table.

Why it matters: It takes cache from what is read all the time, and time and room in every backup, copy and vacuum.

When it is harmless: The rare queries read much through it, such as a monthly report. Then its size is its price.

How to fix it safely: Look for a partial or a BRIN index that would serve the same queries with a fraction of the size;
build it, and drop this one concurrently.

How it is decided: Size by relpages, and the counters of the index against those of the table, over seven days or more.
An index that is written more than it is read is the matter of rarely_used.

Known limits: Sizes are those of the last VACUUM or ANALYZE.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW
"""

LONG_AGO = """\
Index that was last used long ago.

What: The index was scanned at some time, but not within the last ninety days.

Why it matters: What it was built for is gone: a report that moved, a query that was rewritten. Since it has scans,
checks for unused indexes pass it by for ever.

When it is harmless: Something runs once a year.

How to fix it safely: Ask standbys when they used it last; they keep their own counters. Then drop it concurrently and
keep its definition for a year.

How it is decided: pg_stat_all_indexes.last_idx_scan, which PostgreSQL has from 16 on; of a partitioned index the latest
of its parts. Indexes that a constraint or a foreign key needs are left out.

Known limits: A planner that only looks at an index for statistics or for the largest value sets the time as well.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW
"""
