--: * worlds=empty,rows,indexed,fk_out,fk_in,matviewed,leaf,inheritance_parent,partitioned_empty,partitioned,partitioned_default,partitioned_indexed,unlogged,viewed

--: create_index
create index concurrently mine on t (a)
--: create_index_if_not_exists_present
create index concurrently if not exists t_b_idx on t (a)
--: drop_index
drop index concurrently t_b_idx
--: reindex_table
reindex table concurrently t
--: reindex_index
reindex index concurrently t_b_idx
--: reindex_table_alone where=outside
reindex table t

--: * worlds=rows,indexed,leaf,temporary,partitioned

--: create_unique_index
create unique index concurrently mine on t (id)
--: create_unique_index_violated
create unique index concurrently mine on t ((1))
--: create_index_expression
create index concurrently mine on t (lower(c)) where a > 3
--: create_index_only
create index concurrently mine on only t (a)
--: create_index_hash
create index concurrently mine on t using hash (a)
--: drop_index_if_exists_missing
drop index concurrently if exists nothing
--: drop_index_missing
drop index concurrently nothing
--: drop_index_cascade
drop index concurrently t_b_idx cascade
--: drop_index_of_constraint
drop index concurrently t_pkey
--: drop_two_indexes
drop index concurrently t_b_idx, p_pkey
--: reindex_primary_key
reindex index concurrently t_pkey
--: reindex_missing
reindex index concurrently nothing

--: * worlds=rows

--: reindex_schema
reindex schema public
--: reindex_schema_concurrently
reindex schema concurrently public
--: create_index_in_transaction where=inside
create index concurrently mine on t (a)
--: drop_index_in_transaction where=inside
drop index concurrently t_b_idx
--: reindex_in_transaction where=inside
reindex table concurrently t
--: vacuum_in_transaction where=inside
vacuum t
--: cluster_all_in_transaction where=inside
cluster
--: reindex_schema_in_transaction where=inside
reindex schema public
--: create_database_in_transaction where=inside
create database oracle_other
--: alter_system_in_transaction where=inside
alter system set work_mem = '8MB'
--: reindex_matview_index worlds=matviewed
reindex index concurrently mv_id
--: reindex_matview worlds=matviewed
reindex table concurrently mv
--: drop_matview_index worlds=matviewed
drop index concurrently mv_id
--: create_matview_index worlds=matviewed
create index concurrently mine on mv (a)
--: reindex_domain worlds=domain_column
reindex table concurrently t

--: * worlds=partitioned_two,partitioned,partitioned_default,partitioned_fk_out,partitioned_fk_in,partitioned_indexed,partitioned_nested

--: detach since=14
alter table t detach partition t1 concurrently
--: detach_in_transaction since=14 where=inside
alter table t detach partition t1 concurrently
--: detach_hash since=14 worlds=partitioned_hash
alter table t detach partition t1 concurrently
--: detach_checked since=14 worlds=partitioned_checked
alter table t detach partition t1 concurrently
--: detach_list since=14 worlds=partitioned_list
drop table td;
alter table t detach partition t1 concurrently
--: detach_from_nested since=14 worlds=partitioned_nested
drop table t3d;
alter table t3 detach partition t31 concurrently
--: detach_nested since=14 worlds=partitioned_nested
alter table t detach partition t3 concurrently
