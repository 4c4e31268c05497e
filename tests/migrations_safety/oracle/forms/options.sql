--: * worlds=@table,@relkind

--: owner
alter table t owner to oracle_owner
--: set_schema
alter table t set schema other
--: rename
alter table t rename to tt2
--: set_fillfactor
alter table t set (fillfactor = 70)

--: * worlds=@table

--: set_tablespace
alter table t set tablespace oracle_space
--: set_unlogged
alter table t set unlogged
--: disable_trigger
alter table t disable trigger trg
--: enable_row_level_security
alter table t enable row level security
--: replica_identity_full
alter table t replica identity full
--: cluster_on
alter table t cluster on t_pkey

--: * worlds=@few,@relkind,indexed,temporary,inheritance_child,unlogged,published,clustered

--: owner_current
alter table t owner to current_user
--: set_logged
alter table t set logged
--: set_without_oids
alter table t set without oids
--: set_without_cluster
alter table t set without cluster
--: set_access_method since=15
alter table t set access method heap
--: set_access_method_default since=17
alter table t set access method default
--: set_tablespace_same
alter table t set tablespace pg_default
--: set_autovacuum
alter table t set (autovacuum_enabled = false, autovacuum_vacuum_scale_factor = 0.01)
--: set_toast_option
alter table t set (toast.autovacuum_enabled = false)
--: set_parallel_workers
alter table t set (parallel_workers = 4)
--: set_user_catalog_table
alter table t set (user_catalog_table = true)
--: set_toast_tuple_target
alter table t set (toast_tuple_target = 200)
--: set_vacuum_index_cleanup
alter table t set (vacuum_index_cleanup = off)
--: set_log_autovacuum
alter table t set (log_autovacuum_min_duration = 0)
--: set_unknown_option
alter table t set (nothing = 1)
--: reset_fillfactor
alter table t reset (fillfactor)
--: reset_user_catalog_table
alter table t reset (user_catalog_table)
--: set_security_barrier
alter table t set (security_barrier = true)
--: rename_if_exists_missing
alter table if exists nothing rename to x
--: rename_missing
alter table nothing rename to x
--: rename_taken
alter table t rename to p
--: set_schema_same
alter table t set schema public
--: set_schema_missing
alter table t set schema nothing
--: set_schema_if_exists
alter table if exists t set schema other
--: enable_trigger
alter table t enable trigger trg
--: enable_always_trigger
alter table t enable always trigger trg
--: enable_replica_trigger
alter table t enable replica trigger trg
--: enable_trigger_all
alter table t enable trigger all
--: disable_trigger_all
alter table t disable trigger all
--: enable_trigger_user
alter table t enable trigger user
--: disable_trigger_user
alter table t disable trigger user
--: disable_trigger_missing
alter table t disable trigger nothing
--: disable_trigger_only
alter table only t disable trigger trg
--: disable_row_level_security
alter table t disable row level security
--: force_row_level_security
alter table t force row level security
--: no_force_row_level_security
alter table t no force row level security
--: replica_identity_default
alter table t replica identity default
--: replica_identity_nothing
alter table t replica identity nothing
--: replica_identity_index
alter table t replica identity using index t_pkey
--: cluster_on_missing
alter table t cluster on nothing
--: inherit
create table another (id int not null, a int);
alter table t inherit another
--: inherit_existing
alter table t inherit p
--: no_inherit
alter table t no inherit p
--: of_type
alter table t of pair
--: not_of
alter table t not of
--: options
alter table t options (add x 'y')
--: comment
comment on table t is 'words'
--: grant
grant select on t to oracle_role
--: grant_column
grant select (a) on t to oracle_role
--: grant_all
grant all on t to oracle_role with grant option
--: revoke
revoke all on t from oracle_role
--: revoke_public
revoke all on t from public
--: grant_all_in_schema
grant select on all tables in schema public to oracle_role
--: security_label
security label on table t is 'x'

--: * worlds=ruled,viewed,target_view,rows

--: disable_rule
alter table t disable rule rul
--: enable_rule
alter table t enable rule rul
--: enable_always_rule
alter table t enable always rule rul
--: enable_replica_rule
alter table t enable replica rule rul
--: rename_rule
alter rule rul on t rename to rull
--: drop_rule
drop rule rul on t
--: drop_rule_if_exists
drop rule if exists rul on t
--: comment_on_rule
comment on rule rul on t is 'words'

--: * worlds=typed,rows

--: of_matching_type
alter table t of row_of_t
--: not_of_type
alter table t not of
--: retype_of_attribute
alter type row_of_t alter attribute a type bigint cascade
--: retype_of_attribute_restricted
alter type row_of_t alter attribute a type bigint
--: add_attribute
alter type row_of_t add attribute x int
--: add_attribute_cascade
alter type row_of_t add attribute x int cascade
--: drop_attribute_cascade
alter type row_of_t drop attribute a cascade
--: rename_attribute
alter type row_of_t rename attribute a to z
--: rename_attribute_cascade
alter type row_of_t rename attribute a to z cascade
--: drop_row_type
drop type row_of_t
--: drop_row_type_cascade
drop type row_of_t cascade
--: rename_row_type
alter type row_of_t rename to row_type

--: * worlds=inheritance_parent,inheritance_child

--: child_no_inherit
alter table t1 no inherit t
--: target_no_inherit
alter table t no inherit tp
--: inherit_parent
alter table t no inherit tp;
alter table t inherit tp
--: add_to_parent
alter table tp add column x int
--: drop_from_parent
alter table tp drop column a
--: rename_in_parent
alter table tp rename column a to z
--: retype_in_parent
alter table tp alter column a type bigint
--: set_not_null_in_parent
alter table tp alter column a set not null
--: check_in_parent
alter table tp add constraint x check (a > 0)
--: drop_parent
drop table tp
--: drop_parent_cascade
drop table tp cascade
--: drop_target
drop table t
--: drop_target_cascade
drop table t cascade
--: truncate_parent
truncate tp
--: truncate_only_parent
truncate only tp
--: lock_parent
lock table tp in share mode
--: lock_only_parent
lock table only tp in share mode
--: drop_inherited_column
alter table t1 drop column a
--: add_merged_column
alter table t add column x int;
alter table t1 add column y int
--: inherit_with_matching_check
create table another (like t including all);
alter table another inherit t
--: inherit_not_matching
alter table p inherit t

--: * worlds=clustered,published

--: without_cluster
alter table t set without cluster
--: drop_clustered_index
drop index t_b_idx
--: drop_identity_index
alter table t drop constraint t_pkey
--: publication_add
alter publication pub add table p
--: publication_drop
alter publication pub drop table t
--: publication_set
alter publication pub set table p
--: publication_options
alter publication pub set (publish = 'insert')
--: publication_owner
alter publication pub owner to oracle_owner
--: publication_rename
alter publication pub rename to pubb
--: drop_publication
drop publication pub
--: drop_published_table
drop table t
