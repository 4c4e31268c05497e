"""The documentation pages of the checks on tables that vacuum and analyze neglected."""

DEAD = """\
Table full of dead rows.

What: A fifth or more of the rows in the table are dead: old versions that no transaction can see.

Why it matters: Scans read them, cache holds them, and index entries lead to them. The file does not shrink when they
are removed, so a peak of dead rows stays as empty space.

When it is harmless: A moment after a bulk update or delete; autovacuum will come.

How to fix it safely: VACUUM the table. If dead rows come back at once, something holds the horizon (an open
transaction, a slot), or the scale factor is too coarse for a table of this size: set it for this table.

How it is decided: The server's running counts of live and dead rows, in tables of at least ten thousand rows. On a
standby they mean nothing and the check is skipped.

Known limits: The counts are estimates, and a crash sets them to zero.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html
"""

OVERDUE = """\
Autovacuum is overdue.

What: The dead rows of a table are more than twice the number at which autovacuum should have come.

Why it matters: Autovacuum cannot keep up: its workers are busy with other tables, are throttled too much, or are
cancelled again and again by locks. Every table behind this one waits too.

When it is harmless: Right after a large change; the launcher looks once a minute.

How to fix it safely: Vacuum this table by hand now. Then give autovacuum more room: a higher
autovacuum_vacuum_cost_limit first, more workers after.

How it is decided: n_dead_tup against autovacuum_vacuum_threshold + autovacuum_vacuum_scale_factor x reltuples, with the
table's own parameters where it has some, and at most autovacuum_vacuum_max_threshold on 18. Tables under vacuum at this
moment are left out.

Known limits: A table for which autovacuum is off shows up here as well as in the check of its own.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM
"""

VACUUM_STALE = """\
Changed table that was not vacuumed for long.

What: More than ten thousand rows changed since the last vacuum, and that was over thirty days ago or never.

Why it matters: A large table with a coarse scale factor may collect changes for months before autovacuum comes. Until
then its visibility map is out of date, so index-only scans are not, and the first vacuum has months of work.

When it is harmless: The table is large and cold, and nobody minds.

How to fix it safely: VACUUM it at a quiet hour, and lower autovacuum_vacuum_scale_factor for it.

How it is decided: The later of last_vacuum and last_autovacuum, or the age of the counters where there was neither;
plus dead rows and rows inserted since. Age alone says nothing: a table that does not change needs no vacuum.

Known limits: The times are lost with the counters in a crash.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html
"""

ANALYZE_STALE = """\
Changed table that was not analysed for long.

What: More rows changed than autovacuum's analyze threshold, and the last ANALYZE was a week ago or longer.

Why it matters: The planner estimates from what the table looked like then. New values, such as this week's dates, do
not exist for it, and it expects a single row where there are thousands.

When it is harmless: The changes did not move the distribution.

How to fix it safely: ANALYZE takes seconds: it samples. If it does not happen by itself, look whether autovacuum is off
for the table, or its workers never get there.

How it is decided: n_mod_since_analyze against the analyze threshold that holds for the table, and at least ten
thousand; the later of last_analyze and last_autoanalyze.

Known limits: Autovacuum does not analyse partitioned parents; they have no counters here.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS
"""

NEVER_FROZEN = """\
Growing table that was never frozen.

What: Rows are only ever inserted, and most pages are not marked all-visible.

Why it matters: Without updates there are no dead rows, so before 13, or with the insert thresholds turned off, nothing
makes autovacuum come. Index-only scans have to look at the table, and one day the vacuum against wraparound freezes all
of it in one go.

When it is harmless: The table is emptied or its partition dropped before any of that matters.

How to fix it safely: VACUUM (FREEZE) now, and see why insert-driven autovacuum does not come: its threshold may be -1,
or its scale factor too coarse for this table.

How it is decided: No updates and deletes were counted, at least ten thousand rows, more inserts since the last vacuum
than the insert threshold (or that is off), and less than half of the pages all-visible.

Known limits: relallvisible is as old as the last vacuum.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-VISIBILITY-MAP
"""
