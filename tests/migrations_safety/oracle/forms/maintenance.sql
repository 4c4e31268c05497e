--: * worlds=empty,rows,indexed,bloated,inheritance_parent,partitioned_empty,partitioned,partitioned_nested,fk_in,@relkind

--: vacuum
vacuum t
--: vacuum_full
vacuum full t

--: * worlds=rows,bloated

--: vacuum_analyze
vacuum analyze t
--: vacuum_truncate_off
vacuum (truncate off) t
--: vacuum_freeze
vacuum (freeze, verbose) t
--: vacuum_index_cleanup_off
vacuum (index_cleanup off) t
--: vacuum_disable_page_skipping
vacuum (disable_page_skipping) t
--: vacuum_two
vacuum t, p
--: vacuum_missing
vacuum nothing
--: vacuum_only since=18
vacuum only t
--: vacuum_column
vacuum analyze t (a, b)
--: vacuum_parallel
vacuum (parallel 2) t
--: vacuum_process_toast_off since=14
vacuum (process_toast false) t
--: vacuum_full_analyze
vacuum (full, analyze) t

--: * worlds=rows

--: vacuum_database
vacuum
--: analyze_database
analyze
--: analyze_database_alone where=outside
analyze
--: cluster_all worlds=clustered
cluster
--: checkpoint
checkpoint

--: * worlds=@few,@relkind,temporary,partitioned_nested,partitioned_fk_in,fk_self,matviewed,defaults,clustered

--: analyze
analyze t
--: analyze_column
analyze t (a)
--: analyze_verbose
analyze verbose t
--: analyze_two
analyze t, p
--: analyze_only since=18
analyze only t
--: analyze_skip_locked
analyze (skip_locked) t
--: analyze_missing
analyze nothing
--: cluster
cluster t
--: cluster_using
cluster t using t_pkey
--: cluster_verbose
cluster verbose t using t_b_idx
--: truncate
truncate t
--: truncate_cascade
truncate t cascade
--: truncate_only
truncate only t
--: truncate_restart_identity
truncate t restart identity
--: truncate_two
truncate t, p
--: truncate_missing
truncate nothing
--: lock_default
lock table t
--: lock_access_share
lock table t in access share mode
--: lock_row_share
lock table t in row share mode
--: lock_row_exclusive
lock table t in row exclusive mode
--: lock_share_update_exclusive
lock table t in share update exclusive mode
--: lock_share
lock table t in share mode
--: lock_share_row_exclusive
lock table t in share row exclusive mode
--: lock_exclusive
lock table t in exclusive mode
--: lock_nowait
lock table t in access exclusive mode nowait
--: lock_only
lock table only t in exclusive mode
--: refresh
refresh materialized view t
--: refresh_concurrently
refresh materialized view concurrently t
--: refresh_no_data
refresh materialized view t with no data
--: drop_table
drop table t
--: drop_table_cascade
drop table t cascade
--: drop_table_if_exists
drop table if exists t
--: drop_table_if_exists_missing
drop table if exists nothing
--: drop_table_missing
drop table nothing
--: drop_two_tables
drop table t, p cascade
--: drop_view
drop view t cascade
--: drop_materialized_view
drop materialized view t cascade
--: drop_sequence
drop sequence t cascade
--: drop_foreign_table
drop foreign table t cascade
--: drop_type
drop type t cascade
--: move_all_tables
alter table all in tablespace pg_default set tablespace oracle_space
--: reassign_owned
alter table t owner to oracle_owner;
reassign owned by oracle_owner to oracle_role
--: drop_owned
alter table t owner to oracle_owner;
drop owned by oracle_owner cascade
--: drop_schema_cascade
drop schema public cascade

--: * worlds=matviewed

--: refresh_of_table
refresh materialized view mv
--: refresh_of_table_concurrently
refresh materialized view concurrently mv
--: refresh_of_table_no_data
refresh materialized view mv with no data
