--: * worlds=@few,@relkind,temporary,triggered,typed

--: create
create table mine (id int primary key, n text)
--: create_if_not_exists_present
create table if not exists t (id int)
--: create_if_not_exists_absent
create table if not exists mine (id int)
--: create_present
create table t (id int)
--: create_references
create table mine (id int primary key, t_id int references t)
--: create_references_column
create table mine (id int primary key, t_id int references t (id) on delete cascade)
--: create_references_two
create table mine (id int primary key, t_id int references t (id), p_id int references p)
--: create_references_itself
create table mine (id int primary key, parent int references mine)
--: create_like
create table mine (like t)
--: create_like_all
create table mine (like t including all)
--: create_inherits
create table mine (extra int) inherits (t)
--: create_temporary
create temporary table mine (id int)
--: create_temporary_references
create temporary table mine (id int references t (id))
--: create_unlogged
create unlogged table mine (id int)
--: create_partitioned
create table mine (id int) partition by range (id)
--: create_partitioned_references
create table mine (id int, t_id int references t (id)) partition by range (id)
--: create_of_type
create table mine of t
--: create_with_sequence
create table mine (id serial primary key, x int generated always as identity)
--: create_with_default_function
create table mine (id int default nextval('sq'), x int default fvolatile())
--: create_not_enforced_reference since=18
create table mine (id int primary key, t_id int references t (id) not enforced)
--: create_with_exclusion
create table mine (r int4range, exclude using gist (r with &&))
--: create_in_schema
create table other.t (id int references t (id))
--: create_schema_with_table
create schema fresh create table mine (id int) create view w as select id from t
--: create_view_on
create view mine as select * from t
--: create_or_replace_view_new
create or replace view mine as select id from t
--: create_or_replace_view_present
create or replace view v as select id, a, b, c, d, e, f from t
--: replace_view_more_columns
create or replace view v as select id, a, b, c, d, e, f, 1 as one from t
--: replace_view_fewer_columns
create or replace view v as select id, a from t
--: create_temporary_view
create temporary view mine as select id from t
--: create_recursive_view
create recursive view mine (n) as values (1) union all select n + 1 from mine where n < 3
--: create_rule
create rule mine as on delete to t do also select 1
--: create_rule_instead
create rule mine as on update to t do instead nothing
--: create_rule_other_table
create rule mine as on insert to t do also insert into p values (new.id + 100000, null, 'x')
--: create_or_replace_rule
create or replace rule rul as on insert to t do also select 2
--: create_trigger
create trigger mine before insert on t for each row execute function ftrg()
--: create_trigger_statement
create trigger mine after insert on t for each statement execute function ftrg()
--: create_trigger_truncate
create trigger mine before truncate on t for each statement execute function ftrg()
--: create_trigger_transition
create trigger mine after insert on t referencing new table as n for each statement execute function ftrg()
--: create_trigger_when
create trigger mine before update of a on t for each row when (new.a > 3) execute function ftrg()
--: create_trigger_instead
create trigger mine instead of insert on t for each row execute function ftrg()
--: create_or_replace_trigger since=14
create or replace trigger trg before update on t for each row execute function ftrg()
--: create_trigger_present
create trigger trg before update on t for each row execute function ftrg()
--: create_constraint_trigger
create constraint trigger mine after insert on t from p deferrable for each row execute function ftrg()
--: drop_trigger
drop trigger trg on t
--: drop_trigger_cascade
drop trigger if exists trg on t cascade
--: drop_trigger_if_exists_missing
drop trigger if exists nothing on t
--: drop_trigger_if_exists_no_table
drop trigger if exists nothing on nothing
--: drop_trigger_missing
drop trigger nothing on t
--: rename_trigger
alter trigger trg on t rename to mine
--: trigger_depends
alter trigger trg on t depends on extension plpgsql
--: comment_on_trigger
comment on trigger trg on t is 'words'
--: drop_trigger_function
drop function ftrg()
--: drop_trigger_function_cascade
drop function ftrg() cascade
--: replace_trigger_function
create or replace function ftrg() returns trigger language plpgsql as $$ begin return null; end $$
--: create_policy
create policy mine on t using (a > 0)
--: create_policy_subquery
create policy mine on t using (a in (select id from p))
--: drop_policy_if_exists_missing
drop policy if exists nothing on t
--: create_statistics
create statistics mine on a, b from t
--: create_statistics_expression since=14
create statistics mine on (a + 1), b from t
--: create_statistics_if_not_exists
create statistics if not exists st on a, b from t
--: create_publication
create publication mine for table t
--: create_publication_all
create publication mine for all tables
--: create_publication_filtered since=15
create publication mine for table t (id, a) where (id > 3)
--: create_publication_schema since=15
create publication mine for tables in schema public
--: create_sequence_owned
create sequence mine owned by t.a
--: create_function_reading
create function mine() returns bigint language sql as 'select count(*) from t'
--: create_function_row
create function mine(t) returns int language sql as 'select $1.id'
--: create_function_atomic since=14
create function mine() returns bigint language sql begin atomic select count(*) from t; end
--: create_domain_of_row
create domain mine as t
--: create_composite
create type mine as (x t)
--: create_cast
create cast (t as text) with inout
--: drop_domain_cascade
drop domain dom_check cascade
--: drop_type_cascade
drop type mood cascade
--: drop_sequence_cascade
drop sequence sq cascade
