--: * worlds=@table,@relkind

--: add_check
alter table t add constraint x check (f > 0)
--: drop
alter table t drop constraint ck

--: * worlds=@table

--: add_check_not_valid
alter table t add constraint x check (f > 0) not valid
--: add_foreign_key
alter table t add constraint x foreign key (f) references p
--: add_foreign_key_not_valid
alter table t add constraint x foreign key (f) references p not valid
--: add_foreign_key_itself
alter table t add constraint x foreign key (f) references t (id)
--: add_unique
alter table t add constraint x unique (f)
--: add_unique_with_key
alter table t add constraint x unique (id, f)
--: drop_primary_key
alter table t drop constraint t_pkey
--: drop_primary_key_cascade
alter table t drop constraint t_pkey cascade
--: validate
alter table t validate constraint ck
--: referenced_by_new_key
alter table p add constraint x foreign key (id) references t (id)

--: * worlds=@core

--: add_check_violated
alter table t add constraint x check (f < 0)
--: add_check_true
alter table t add constraint x check (true)
--: add_check_implied
alter table t add constraint x check (id is not null)
--: add_check_unnamed
alter table t add check (f > 0)
--: add_check_two_columns
alter table t add constraint x check (a > 0 or f > 0)
--: add_check_no_inherit
alter table t add constraint x check (f > 0) no inherit
--: add_check_only
alter table only t add constraint x check (f > 0)
--: add_check_present
alter table t add constraint ck check (f > 0)
--: add_check_not_enforced since=18
alter table t add constraint x check (f > 0) not enforced
--: add_check_function
alter table t add constraint x check (fimmutable(f) > 0)
--: add_not_null since=18 worlds=@core,not_null,not_null_not_valid,identity
alter table t add constraint x not null f
--: add_not_null_not_valid since=18 worlds=@core,not_null,not_null_not_valid,identity
alter table t add constraint x not null f not valid
--: add_not_null_no_inherit since=18 worlds=@core,not_null,not_null_not_valid,identity
alter table t add constraint x not null f no inherit
--: add_foreign_key_violated
alter table t add constraint x foreign key (f) references p (k) on delete cascade;
--: add_foreign_key_text
alter table t add constraint x foreign key (f) references p (n)
--: add_foreign_key_actions
alter table t add constraint x foreign key (f) references p on delete set null on update cascade deferrable initially deferred
--: add_foreign_key_only
alter table only t add constraint x foreign key (f) references p
--: add_foreign_key_not_enforced since=18
alter table t add constraint x foreign key (f) references p not enforced
--: add_foreign_key_missing_table
alter table t add constraint x foreign key (f) references nothing
--: add_foreign_key_to_key_not_valid
alter table p add constraint x foreign key (id) references t (id) not valid
--: add_two_foreign_keys
alter table t add constraint x foreign key (f) references p, add constraint y foreign key (a) references p
--: add_unique_two
alter table t add constraint x unique (a, b)
--: add_unique_include
alter table t add constraint x unique (id) include (b)
--: add_unique_deferrable
alter table t add constraint x unique (id) deferrable initially deferred
--: add_unique_nulls_not_distinct since=15
alter table t add constraint x unique nulls not distinct (id)
--: add_unique_present
alter table t add constraint t_pkey unique (id)
--: add_primary_key_second worlds=@core,not_null,identity,partitioned_fk_in
alter table t add primary key (f)
--: replace_primary_key worlds=@core,not_null,identity,partitioned_fk_in
alter table t drop constraint t_pkey cascade, add constraint x primary key (id)
--: add_exclusion
alter table t add constraint x exclude using gist (int4range(f, f, '[]') with &&)
--: add_exclusion_btree
alter table t add constraint x exclude (id with =)
--: add_without_overlaps since=18
alter table t add column x int4range, add constraint y unique (id, x without overlaps)
--: drop_missing
alter table t drop constraint nothing
--: drop_if_exists_missing
alter table t drop constraint if exists nothing
--: drop_if_exists
alter table t drop constraint if exists ck
--: drop_cascade worlds=@core,not_null,identity,partitioned_fk_in
alter table t drop constraint ck cascade
--: drop_only
alter table only t drop constraint ck
--: drop_two
alter table t drop constraint ck, drop constraint if exists t_pkey
--: rename
alter table t rename constraint ck to cc
--: rename_primary_key
alter table t rename constraint t_pkey to pk
--: rename_only
alter table only t rename constraint ck to cc
--: rename_missing
alter table t rename constraint nothing to cc
--: validate_missing
alter table t validate constraint nothing
--: validate_primary_key
alter table t validate constraint t_pkey
--: alter_check
alter table t alter constraint ck deferrable
--: comment
comment on constraint ck on t is 'words'

--: * worlds=@fk_out,@fk_self

--: alter_foreign_key_deferrable
alter table t alter constraint fk deferrable initially deferred
--: alter_foreign_key_not_deferrable
alter table t alter constraint fk not deferrable
--: drop_foreign_key
alter table t drop constraint fk
--: drop_foreign_key_cascade
alter table t drop constraint if exists fk cascade
--: validate_foreign_key
alter table t validate constraint fk
--: rename_foreign_key
alter table t rename constraint fk to fkey
--: comment_on_foreign_key
comment on constraint fk on t is 'words'
--: enforce_foreign_key since=18
alter table t alter constraint fk enforced
--: unenforce_foreign_key since=18
alter table t alter constraint fk not enforced
--: drop_referencing_table
drop table t
--: drop_referenced_table
drop table p
--: drop_referenced_table_cascade
drop table p cascade
--: drop_referenced_key_cascade
alter table p drop constraint p_pkey cascade
--: drop_referenced_column_cascade
alter table p drop column id cascade
--: retype_referenced
alter table p alter column id type bigint
--: retype_referencing
alter table t alter column a type bigint
--: add_column_to_referenced
alter table p add column x int
--: truncate_referencing
truncate t
--: truncate_referenced
truncate p
--: truncate_referenced_cascade
truncate p cascade
--: rename_referenced
alter table p rename to pp
--: disable_triggers
alter table t disable trigger all
--: disable_triggers_of_referenced
alter table p disable trigger all
--: second_key
alter table t add constraint x foreign key (a) references p (k)
--: same_key_again
alter table t add constraint x foreign key (a) references p (id)

--: * worlds=@fk_in

--: retype_referencing_of_target
alter table r alter column t_id type bigint
--: drop_referencing_of_target
drop table r
--: drop_referencing_key_of_target
alter table r drop constraint if exists r_t_id, drop constraint if exists r_t_id_fkey
--: validate_referencing
alter table r validate constraint r_t_id
--: truncate_referencing_of_target
truncate r
--: truncate_both
truncate t, r
--: drop_both
drop table t, r

--: * worlds=fk_out_not_valid,checked,not_null_not_valid,not_enforced

--: validate_check_not_valid
alter table t validate constraint ck_f
--: validate_two
alter table t validate constraint ck_f, validate constraint ck_a
--: validate_not_null since=18
alter table t validate constraint nn_a
--: set_not_null_with_invalid
alter table t alter column f set not null
--: set_not_null_with_valid
alter table t alter column a set not null
--: set_not_null_then_drop_proof
alter table t alter column a set not null, drop constraint if exists ck_a
--: set_not_null_with_positive
alter table t alter column b set not null
--: validate_then_set_not_null
alter table t validate constraint ck_f;
alter table t alter column f set not null
--: primary_key_with_proof
alter table t drop constraint t_pkey, add primary key (a)
--: validate_foreign_key_and_add_column
alter table t validate constraint fk, add column x int
