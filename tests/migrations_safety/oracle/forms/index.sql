--: * worlds=@table,@relkind

--: create
create index mine on t (a)

--: * worlds=@table

--: create_unique
create unique index mine on t (id, f)
--: drop
drop index t_b_idx
--: reindex
reindex index t_b_idx
--: reindex_table
reindex table t

--: * worlds=@core

--: create_if_not_exists_present
create index if not exists t_b_idx on t (b)
--: create_if_not_exists_absent
create index if not exists mine on t (b)
--: create_present
create index t_b_idx on t (b)
--: create_unique_violated
create unique index mine on t (f) where f < 0
--: create_hash
create index mine on t using hash (a)
--: create_gin
create index mine on t using gin (to_tsvector('simple', b))
--: create_gist
create index mine on t using gist (int4range(f, f, '[]'))
--: create_spgist
create index mine on t using spgist (b)
--: create_brin
create index mine on t using brin (id)
--: create_expression
create index mine on t (lower(c))
--: create_partial
create index mine on t (a) where f > 10
--: create_include
create index mine on t (a) include (b, c)
--: create_collation
create index mine on t (b collate "C" desc nulls last)
--: create_operator_class
create index mine on t (b text_pattern_ops)
--: create_fillfactor
create index mine on t (a) with (fillfactor = 70)
--: create_tablespace
create index mine on t (a) tablespace oracle_space
--: create_not_immutable
create index mine on t (a) where e < now()
--: create_missing_column
create index mine on t (nothing)
--: create_unnamed
create index on t (f, a)
--: create_only
create index mine on only t (f)
--: create_nulls_not_distinct since=15
create unique index mine on t (id, f) nulls not distinct
--: drop_if_exists_missing
drop index if exists nothing
--: drop_missing
drop index nothing
--: drop_cascade
drop index if exists t_b_idx cascade
--: drop_of_constraint
drop index t_pkey
--: drop_of_constraint_cascade
drop index t_pkey cascade
--: drop_two
drop index t_b_idx, p_pkey
--: rename
alter index t_b_idx rename to mine
--: rename_as_table
alter table t_b_idx rename to mine
--: rename_if_exists
alter index if exists nothing rename to mine
--: rename_of_constraint
alter index t_pkey rename to mine
--: set_tablespace
alter index t_b_idx set tablespace oracle_space
--: set_tablespace_same
alter index t_b_idx set tablespace pg_default
--: set_fillfactor
alter index t_b_idx set (fillfactor = 80)
--: reset_fillfactor
alter index t_b_idx reset (fillfactor)
--: set_statistics
alter index t_b_idx alter column 1 set statistics 100
--: owner
alter index t_b_idx owner to oracle_owner
--: depends_on_extension
alter index t_b_idx depends on extension plpgsql
--: no_depends_on_extension
alter index t_b_idx no depends on extension plpgsql
--: move_all
alter index all in tablespace pg_default set tablespace oracle_space
--: comment
comment on index t_b_idx is 'words'
--: reindex_primary_key
reindex index t_pkey
--: reindex_verbose
reindex (verbose) table t
--: reindex_tablespace since=14
reindex (tablespace oracle_space) index t_b_idx
--: reindex_missing
reindex table nothing
--: primary_key_using_index
create unique index mine on t (f);
alter table t drop constraint if exists t_pkey cascade, add constraint x primary key using index mine
--: primary_key_using_index_proved
alter table t add constraint y check (f is not null);
create unique index mine on t (f);
alter table t drop constraint if exists t_pkey cascade, add constraint x primary key using index mine

--: * worlds=@plain_table

--: unique_using_index
create unique index mine on t (f);
alter table t add constraint x unique using index mine

--: * worlds=indexed

--: using_existing
alter table t add constraint x unique using index t_c_unique
--: primary_key_using_existing
alter table t drop constraint t_pkey, add constraint x primary key using index t_c_unique
--: using_existing_deferrable
alter table t add constraint x unique using index t_c_unique deferrable
--: using_not_unique
alter table t add constraint x unique using index t_a_btree
--: using_partial
alter table t add constraint x unique using index t_d_partial
--: reindex_gin
reindex index t_b_gin
--: reindex_brin
reindex index t_e_brin
--: reindex_partial
reindex index t_d_partial
--: set_gin_option
alter index t_b_gin set (fastupdate = off)
--: set_brin_option
alter index t_e_brin set (pages_per_range = 64)
--: set_statistics_expression
alter index t_c_expression alter column 1 set statistics 500
--: drop_all
drop index t_a_btree, t_c_unique, t_b_gin
--: set_storage_of_indexed
alter table t alter column b set storage main
--: set_storage_of_included
alter table t alter column c set storage plain

--: * worlds=not_null

--: primary_key_using_index_not_null
create unique index mine on t (f);
alter table t drop constraint t_pkey, add constraint x primary key using index mine

--: * worlds=target_index,target_partitioned_index

--: target_rename
alter index t rename to mine
--: target_rename_as_table
alter table t rename to mine
--: target_set_tablespace
alter index t set tablespace oracle_space
--: target_set_option
alter index t set (fillfactor = 50)
--: target_reindex
reindex index t
--: target_drop
drop index t
--: target_drop_as_table
drop table t
--: target_comment
comment on index t is 'words'
--: target_cluster
cluster tt using t
--: target_statistics
alter index t alter column 1 set statistics 10

--: * worlds=keyed

--: primary_key_from_not_null
alter table t add constraint x primary key using index t_id_unique
--: primary_key_from_checked
alter table t add constraint x primary key using index t_a_unique
--: primary_key_from_nullable
alter table t add constraint x primary key using index t_f_unique
--: primary_key_from_two_columns
alter table t add constraint x primary key using index t_id_f_unique
--: unique_from_nullable
alter table t add constraint x unique using index t_f_unique
--: not_null_then_primary_key
alter table t alter column f set not null, add constraint x primary key using index t_f_unique
--: primary_key_and_drop_proof
alter table t drop constraint ck_a, add constraint x primary key using index t_a_unique
--: new_primary_key
alter table t add primary key (id)
--: new_primary_key_nullable
alter table t add primary key (f)
--: new_primary_key_checked
alter table t add primary key (a)
