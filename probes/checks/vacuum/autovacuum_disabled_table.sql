-- bad: a table, a TOAST table and a partition
create table story."T" (id bigint primary key, body text) with (autovacuum_enabled = false);
create table story.u (id bigint primary key, body text) with (toast.autovacuum_enabled = off);
create table story.p (id bigint) partition by range (id);
create table story.p_1 partition of story.p for values from (0) to (10) with (autovacuum_enabled = off);
create materialized view story.m with (autovacuum_enabled = off) as select 1 as a;
-- expect: table story.T
-- expect: table story.u
-- expect: table story.p_1
-- expect: materialized view story.m

-- near miss: switched on, or tuned
create table story.t (id bigint primary key) with (autovacuum_enabled = true);
create table story.u (id bigint primary key) with (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 80);
