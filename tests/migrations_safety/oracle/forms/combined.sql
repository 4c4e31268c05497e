--: * worlds=@few,checked,not_null,partitioned_fk_out,temporary

--: not_valid_and_validate
alter table t add constraint x check (f > 0) not valid, validate constraint x
--: not_valid_then_validate
alter table t add constraint x check (f > 0) not valid;
alter table t validate constraint x
--: foreign_key_not_valid_and_validate
alter table t add constraint x foreign key (f) references p not valid, validate constraint x
--: foreign_key_not_valid_then_validate
alter table t add constraint x foreign key (f) references p not valid;
alter table t validate constraint x
--: validate_and_add_column
alter table t validate constraint ck, add column x int
--: not_null_with_check
alter table t add constraint x check (f is not null) not valid;
alter table t validate constraint x;
alter table t alter column f set not null;
alter table t drop constraint x
--: not_null_and_drop_proof
alter table t add constraint x check (f is not null);
alter table t alter column f set not null, drop constraint x
--: not_null_and_validate_proof
alter table t add constraint x check (f is not null) not valid;
alter table t validate constraint x, alter column f set not null
--: not_null_not_proved
alter table t add constraint x check (f > 0);
alter table t alter column f set not null
--: not_null_proved_by_conjunction
alter table t add constraint x check (f is not null and f > 0);
alter table t alter column f set not null
--: not_null_two
alter table t alter column f set not null, alter column a set not null
--: add_column_and_check_not_valid
alter table t add column x int, add constraint y check (x > 0) not valid
--: add_column_and_check
alter table t add column x int, add constraint y check (x > 0)
--: add_column_then_backfill
alter table t add column x int;
update t set x = a
--: add_column_then_default
alter table t add column x int;
alter table t alter column x set default 5
--: add_column_and_volatile_default
alter table t add column x int, alter column x set default fvolatile()
--: add_column_and_not_null
alter table t add column x int default 1, alter column x set not null
--: add_column_then_not_null
alter table t add column x int default 1;
alter table t alter column x set not null
--: add_and_drop_column
alter table t add column x int, drop column f
--: rewrite_and_check
alter table t alter column a type bigint, add constraint x check (f > 0)
--: rewrite_and_foreign_key
alter table t alter column f type bigint, add constraint x foreign key (f) references p
--: rewrite_and_drop_index_column
alter table t alter column a type bigint, drop column b
--: drop_and_add_primary_key
alter table t drop constraint t_pkey, add primary key (id)
--: drop_constraint_and_column
alter table t drop constraint ck, drop column d
--: two_storage_options
alter table t set (fillfactor = 70), alter column a set statistics 100
--: options_and_column
alter table t set (fillfactor = 70), add column x int
--: unlogged_and_column
alter table t set unlogged, add column x int
--: rename_then_add
alter table t rename to tt2;
alter table tt2 add column x int
--: rename_then_new
alter table t rename to tt2;
create table t (id int)
--: swap_columns
alter table t add column x bigint;
update t set x = id;
alter table t rename column a to old_a;
alter table t rename column x to a
--: create_index_then_drop
create index mine on t (f);
drop index mine
--: create_index_then_constraint
create unique index mine on t (id);
alter table t add constraint x unique using index mine
--: drop_then_create
drop table t cascade;
create table t (id int primary key)
--: create_then_alter
create table new_one (id int primary key);
alter table new_one add column x int references p
--: create_then_copy
create table new_one as select * from t;
alter table new_one add primary key (id)
--: create_then_reference
create table new_one (id int primary key, t_id int);
alter table new_one add constraint x foreign key (t_id) references t (id)
--: insert_then_alter
insert into t (id) values (40) on conflict do nothing;
alter table t add column x int
--: select_then_alter
select count(*) from t;
alter table t add column x int
--: lock_then_alter
lock table t in share mode;
alter table t add column x int
--: savepoint_released
savepoint one;
alter table t add column x int;
release savepoint one;
alter table p add column x int
--: savepoint_rolled_back
savepoint one;
alter table t add column x int;
rollback to savepoint one;
alter table p add column x int
--: savepoint_after
alter table t add column x int;
savepoint one;
create index mine on p (n);
rollback to savepoint one
--: trigger_then_drop
create trigger mine before insert on t for each row execute function ftrg();
drop trigger mine on t
--: check_then_insert
alter table t add constraint x check (f > 0);
insert into p values (1000, 1000, 'x')
--: update_then_check
update t set f = a;
alter table t add constraint x check (f > 0)
--: pending_trigger_events
update t set f = a where id = 1;
alter table t add column x int default fvolatile()
--: concurrently_in_transaction where=inside
alter table p add column x int;
create index concurrently mine on t (f)
--: two_tables
alter table t add column x int;
alter table p add column y int
--: drop_two_tables
drop table t cascade;
drop table p cascade
--: set_timeouts
set local lock_timeout = '1s';
set local statement_timeout = '10s';
alter table t add column x int
