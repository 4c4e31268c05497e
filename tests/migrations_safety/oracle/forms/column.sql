--: * worlds=@table

--: add_int
alter table t add column x int
--: add_int_if_not_exists_present
alter table t add column if not exists a int
--: add_default_constant
alter table t add column x int default 5
--: add_default_stable
alter table t add column x timestamptz default now()
--: add_default_volatile
alter table t add column x int default fvolatile()
--: add_default_random
alter table t add column x double precision default random()
--: add_domain_check
alter table t add column x dom_check
--: add_check
alter table t add column x int check (x > 0)
--: add_references
alter table t add column x int references p
--: add_references_default
alter table t add column x int default 1 references p
--: set_not_null
alter table t alter column a set not null
--: drop_not_null
alter table t alter column a drop not null
--: set_default
alter table t alter column a set default 9
--: drop_column
alter table t drop column a
--: drop_column_cascade
alter table t drop column a cascade
--: type_varchar_wider
alter table t alter column c type varchar(20)
--: type_int_bigint
alter table t alter column a type bigint
--: add_primary_key_using_index worlds=@plain_table
create unique index mine on t (f)
