--: * worlds=@partitioned,-@relkind

--: create_next
create table mine partition of t for values from (1001) to (1050)
--: create_free
create table mine partition of t for values from (601) to (700)
--: create_default
create table mine partition of t default
--: create_sub
create table mine partition of t for values from (601) to (700) partition by range (id)
--: create_overlapping
create table mine partition of t for values from (1) to (10)
--: create_if_not_exists
create table if not exists t1 partition of t for values from (601) to (700)
--: create_with_constraint
create table mine partition of t (a not null, constraint y check (b <> '')) for values from (601) to (700)
--: create_like_then_attach
create table mine (like t including all);
alter table t attach partition mine for values from (601) to (700)
--: create_bare_then_attach
create table mine (like t);
alter table mine add constraint ck check (d >= 0);
alter table t attach partition mine for values from (601) to (700)
--: attach
alter table t attach partition cand for values from (101) to (151)
--: attach_bare
alter table t attach partition cand_bare for values from (101) to (151)
--: attach_checked
alter table t attach partition cand_checked for values from (101) to (151)
--: attach_default
alter table t attach partition cand default
--: attach_out_of_range
alter table t attach partition cand for values from (601) to (700)
--: attach_attached
alter table t attach partition t1 for values from (601) to (700)
--: attach_not_like
alter table t attach partition p for values from (601) to (700)
--: attach_list
alter table t attach partition cand for values in (101)
--: detach
alter table t detach partition t1
--: detach_second
alter table t detach partition t2
--: detach_default
alter table t detach partition td
--: detach_finalize since=14
alter table t detach partition t1 finalize
--: detach_not_attached
alter table t detach partition p
--: drop_partition
drop table t1
--: drop_default
drop table td
--: drop_all
drop table t
--: drop_all_cascade
drop table t cascade
--: truncate_all
truncate t
--: truncate_partition
truncate t1
--: truncate_only
truncate only t
--: partition_add_column
alter table t1 add column x int
--: partition_set_not_null
alter table t1 alter column b set not null
--: partition_add_check
alter table t1 add constraint x check (f > 0)
--: partition_drop_check
alter table t1 drop constraint ck
--: partition_add_index
create index mine on t1 (f)
--: partition_drop_index
drop index t1_b_idx
--: partition_unique
alter table t1 add constraint x unique (f)
--: partition_foreign_key
alter table t1 add constraint x foreign key (f) references p
--: partition_drop_foreign_key
alter table t1 drop constraint fk
--: partition_rename
alter table t1 rename to mine
--: partition_set_schema
alter table t1 set schema other
--: partition_set_default
alter table t1 alter column a set default 3
--: partition_trigger
create trigger mine before insert on t1 for each row execute function ftrg()
--: partition_drop_trigger
drop trigger trg on t1
--: partition_disable_trigger
alter table t1 disable trigger trg
--: partition_retype
alter table t1 alter column c type varchar(20)
--: index_only
create index mine on only t (f)
--: index_only_then_attach
create index mine on only t (f);
create index mine1 on t1 (f);
alter index mine attach partition mine1
--: index_attach
alter index t_only attach partition t1_local
--: index_attach_wrong
alter index t_b_idx attach partition t1_pkey
--: index_drop
drop index t_b_idx
--: index_drop_cascade
drop index t_b_idx cascade
--: index_rename
alter index t_b_idx rename to mine
--: index_partition_rename
alter index t1_b_idx rename to mine
--: primary_key_only
alter table only t add constraint x unique (id)
--: reindex_partition
reindex table t1
--: reindex_partition_index
reindex index t1_b_idx
--: cluster_partition
cluster t1 using t1_b_idx
--: analyze_partition
analyze t1
--: lock_partition
lock table t1 in access exclusive mode
--: select_partition
select count(*) from t1
--: insert_partition
insert into t1 (id) values (1) on conflict do nothing
--: update_partition
update t1 set a = 1
--: delete_partition
delete from t1
--: move_rows
with moved as (delete from td where id < 2000 returning *) insert into cand select * from moved
--: default_emptied_and_create
delete from td;
create table mine partition of t for values from (1001) to (1050)
--: hash_partition
create table mine partition of t for values with (modulus 4, remainder 3)
--: list_partition
create table mine partition of t for values in (60)
--: list_partition_taken
create table mine partition of t for values in (30)
--: new_partitioned
create table mine (like t including defaults) partition by range (id)
--: nested_detach
alter table t3 detach partition t31
--: nested_attach
alter table t3 attach partition cand for values from (251) to (301)
--: nested_create
create table mine partition of t3 for values from (261) to (301)
--: nested_drop
drop table t3
--: detach_nested
alter table t detach partition t3
--: attach_partition_key
alter table t alter column id type bigint
--: drop_partition_key
alter table t drop column id

--: * worlds=leaf,leaf_default_fk

--: leaf_detach
alter table tp detach partition t
--: leaf_drop
drop table t
--: leaf_truncate
truncate t
--: leaf_truncate_parent
truncate tp
--: leaf_detach_then_drop
alter table tp detach partition t;
drop table t
--: leaf_attach_back
alter table tp detach partition t;
alter table tp attach partition t for values from (1) to (51)
--: leaf_parent_add_column
alter table tp add column x int
--: leaf_parent_unique
alter table tp add constraint x unique (id)
--: leaf_parent_index
create index mine on tp (f)
--: leaf_sibling_drop
drop table sibling
