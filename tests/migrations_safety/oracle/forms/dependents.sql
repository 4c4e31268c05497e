--: * worlds=viewed,viewed_one,matviewed,partitioned_viewed

--: drop_view
drop view v
--: drop_view_cascade
drop view v cascade
--: drop_view_if_exists
drop view if exists v
--: drop_view_if_exists_missing
drop view if exists nothing
--: drop_matview
drop materialized view mv
--: rename_view
alter view v rename to w
--: rename_view_column
alter view v rename column id to z
--: rename_view_as_table
alter table v rename to w
--: view_owner
alter view v owner to oracle_owner
--: view_schema
alter view v set schema other
--: view_option
alter view v set (security_barrier = true)
--: view_security_invoker since=15
alter view v set (security_invoker = true)
--: view_reset_option
alter view v reset (security_barrier)
--: view_set_default
alter view v alter column id set default 3
--: view_drop_default
alter view v alter column id drop default
--: view_comment
comment on view v is 'words'
--: select_view
select count(*) from v
--: insert_view
insert into v (id) values (5000)
--: update_view
update v set id = id
--: lock_view
lock table v in share mode
--: lock_view_only
lock table only v in share mode
--: grant_view
grant select on v to oracle_role
--: drop_column_of_view
alter table t drop column c
--: retype_column_of_view
alter table t alter column a type bigint
--: rename_column_of_view
alter table t rename column a to z
--: drop_table_of_view
drop table t
--: drop_table_of_view_cascade
drop table t cascade
--: rename_matview
alter materialized view mv rename to mw
--: matview_rename_column
alter materialized view mv rename column a to z
--: matview_option
alter materialized view mv set (autovacuum_enabled = false)
--: matview_cluster
alter materialized view mv cluster on mv_id
--: matview_tablespace
alter materialized view mv set tablespace oracle_space
--: matview_schema
alter materialized view mv set schema other
--: matview_owner
alter materialized view mv owner to oracle_owner
--: matview_storage
alter materialized view mv alter column c set storage external
--: matview_statistics
alter materialized view mv alter column a set statistics 10
--: matview_index
create index mine on mv (a)
--: matview_drop_index
drop index mv_id
--: matview_reindex
reindex table mv
--: matview_depends
alter materialized view mv depends on extension plpgsql
--: matview_comment
comment on materialized view mv is 'words'
--: matview_access_method since=15
alter materialized view mv set access method heap
--: matview_analyze
analyze mv
--: matview_select
select count(*) from mv

--: * worlds=policied,rows

--: drop_policy
drop policy pol on t
--: alter_policy
alter policy pol on t using (a > 1)
--: alter_policy_roles
alter policy pol on t to oracle_role
--: rename_policy
alter policy pol on t rename to poll
--: comment_on_policy
comment on policy pol on t is 'words'
--: create_policy_check
create policy mine on t for insert to oracle_role with check (a > 0)
--: create_policy_present
create policy pol on t
--: retype_column_of_policy
alter table t alter column a type bigint
--: drop_column_of_policy
alter table t drop column a
--: drop_role_of_policy
create policy mine on t to oracle_role;
drop owned by oracle_role

--: * worlds=triggered

--: drop_column_of_trigger
alter table t drop column a
--: retype_column_of_trigger
alter table t alter column a type bigint
--: drop_constraint_trigger
drop trigger trg_c on t
--: set_constraints
set constraints all immediate
--: set_constraint_deferred
set constraints trg_c deferred
--: deferred_trigger_pending
insert into t (id) values (5000);
alter table t add column x int
--: disable_constraint_trigger
alter table t disable trigger trg_c

--: * worlds=functioned

--: drop_function
drop function reads_t()
--: replace_function
create or replace function reads_t() returns bigint language sql as $$ select 1::bigint $$
--: call_function
select reads_t()
--: drop_column_of_function
alter table t drop column a
--: alter_function
alter function reads_t() stable
--: rename_function
alter function reads_t() rename to reads_tt

--: * worlds=domain_column,enum_column,rows

--: domain_add_check
alter domain dom_plain add constraint x check (value > 0)
--: domain_add_check_not_valid
alter domain dom_plain add constraint x check (value > 0) not valid
--: domain_validate
alter domain dom_plain add constraint x check (value > 0) not valid;
alter domain dom_plain validate constraint x
--: domain_validate_valid
alter domain dom_check validate constraint dom_check_check
--: domain_set_not_null
alter domain dom_check set not null
--: domain_set_not_null_violated
alter domain dom_plain set not null
--: domain_drop_not_null
alter domain dom_check drop not null
--: domain_add_not_null since=17
alter domain dom_check add constraint x not null
--: domain_set_default
alter domain dom_check set default 4
--: domain_drop_default
alter domain dom_check drop default
--: domain_drop_check
alter domain dom_check drop constraint dom_check_check
--: domain_drop_check_missing
alter domain dom_check drop constraint if exists nothing
--: domain_rename_check
alter domain dom_check rename constraint dom_check_check to x
--: domain_rename
alter domain dom_check rename to dom_other
--: domain_owner
alter domain dom_check owner to oracle_owner
--: domain_schema
alter domain dom_check set schema other
--: domain_drop
drop domain dom_check
--: domain_drop_cascade
drop domain dom_check cascade
--: domain_comment
comment on domain dom_check is 'words'
--: domain_comment_constraint
comment on constraint dom_check_check on domain dom_check is 'words'
--: enum_add_value
alter type mood add value 'middle'
--: enum_add_value_before
alter type mood add value if not exists 'middle' before 'high'
--: enum_add_value_present
alter type mood add value if not exists 'low'
--: enum_rename_value
alter type mood rename value 'low' to 'sad'
--: enum_add_value_and_use
alter type mood add value 'middle';
update t set h = 'middle'
--: enum_drop
drop type mood
--: enum_drop_cascade
drop type mood cascade
--: enum_rename
alter type mood rename to feeling
--: enum_schema
alter type mood set schema other
--: composite_add_attribute
alter type pair add attribute z int
--: composite_drop_attribute
alter type pair drop attribute x
--: composite_retype_attribute
alter type pair alter attribute x type bigint
--: composite_retype_attribute_cascade
alter type pair alter attribute x type bigint cascade
--: composite_rename_attribute
alter type pair rename attribute x to z
--: composite_drop
drop type pair cascade

--: * worlds=statistics,rows

--: statistics_target
alter statistics st set statistics 100
--: statistics_target_if_exists
alter statistics if exists nothing set statistics 100
--: statistics_rename
alter statistics st rename to stt
--: statistics_owner
alter statistics st owner to oracle_owner
--: statistics_schema
alter statistics st set schema other
--: statistics_drop
drop statistics st
--: statistics_drop_if_exists
drop statistics if exists st
--: statistics_comment
comment on statistics st is 'words'
--: statistics_drop_column
alter table t drop column a
--: statistics_retype_column
alter table t alter column a type bigint

--: * worlds=row_type_used,domain_column

--: row_type_add_column
alter table t add column x int
--: row_type_add_column_default
alter table t add column x int default 5
--: row_type_add_column_volatile
alter table t add column x int default fvolatile()
--: row_type_drop_table
drop table t
--: row_type_drop_table_cascade
drop table t cascade
--: row_type_retype
alter table t alter column a type bigint

--: * worlds=defaults,identity,target_sequence,rows

--: sequence_restart
alter sequence sq restart
--: sequence_options
alter sequence sq increment by 5 maxvalue 10000 cache 3
--: sequence_type
alter sequence sq as bigint
--: sequence_owned_by
alter sequence sq owned by t.a
--: sequence_owned_by_none
alter sequence sq owned by none
--: sequence_owner
alter sequence sq owner to oracle_owner
--: sequence_rename
alter sequence sq rename to sqq
--: sequence_schema
alter sequence sq set schema other
--: sequence_if_exists_missing
alter sequence if exists nothing restart
--: sequence_drop
drop sequence sq
--: sequence_logged since=15
alter sequence sq set unlogged
--: sequence_grant
grant usage on sequence sq to oracle_role
--: sequence_comment
comment on sequence sq is 'words'
--: sequence_target_restart
alter sequence t restart
--: sequence_target_drop
drop sequence t
--: sequence_of_column_restart
alter sequence t_f_seq restart with 1000
--: sequence_of_column_owner
alter sequence t_f_seq owner to oracle_owner
--: sequence_setval
select setval('sq', 100)
--: sequence_lock
lock table sq in share mode
