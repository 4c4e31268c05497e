"""The documentation pages of the checks on reads and writes of indexes."""

CACHE = """\
Index blocks that are not in cache.

What: Less than 95 percent of the index blocks that were asked for were found in shared buffers.

Why it matters: Indexes are what a busy database reads most. When they do not stay in memory each lookup waits for
several reads.

When it is harmless: The blocks come from the operating system's cache, which the server cannot tell from a disk; or a
report runs through everything at night.

How to fix it safely: Drop indexes that nobody uses and rebuild bloated ones: that makes room for free. Then look at
shared_buffers.

How it is decided: Sums of idx_blks_hit and idx_blks_read over all indexes since counters began, a day ago or longer,
with at least a hundred thousand blocks.

Known limits: A ratio over weeks hides the hour in which it was bad.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html
"""

WRITES = """\
Large GIN or GiST index on a busy table.

What: An index of another kind than btree, hash or brin, of a hundred megabytes or more, stands on a table that takes a
fiftieth of all writes of the database.

Why it matters: One row may have dozens of entries in it, and each is a page to change. A GIN index collects them in a
pending list, and whoever finds it full sorts all of them in, within his own INSERT.

When it is harmless: Searches through it are what the application is for.

How to fix it safely: Index less: an expression instead of the whole document, a partial index. For steadier inserts
lower gin_pending_list_limit, or switch fastupdate off.

How it is decided: Method and size of the index, and the rows written to its table, heap-only updates apart, against the
rows written to all tables.

Known limits: What an entry costs depends on the data and is not measured.

Sources: https://www.postgresql.org/docs/current/gin.html
"""
