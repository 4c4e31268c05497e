--: * worlds=rows,partitioned

--: begin_commit_inside
savepoint one;
select 1;
release savepoint one
--: set_variable
set local work_mem = '8MB'
--: set_role
set local role oracle_role
--: set_role_and_alter
set local role oracle_role;
alter table t add column x int
--: set_transaction
set transaction isolation level repeatable read
--: show
show work_mem
--: reset
reset work_mem
--: notify
notify oracle, 'x'
--: listen
listen oracle;
unlisten oracle
--: load
load 'plpgsql'
--: discard_plans
discard plans
--: discard_all_in_transaction where=inside
discard all
--: deallocate
deallocate all
--: call
create procedure mine() language plpgsql as $$ begin insert into t (id) values (5000); end $$;
call mine()
--: call_static
create procedure mine() language plpgsql as $$ begin null; end $$;
call mine()
--: close_all
close all
--: fetch_missing
fetch 1 from nothing
--: execute_missing
execute nothing
--: do_ddl
do $$ begin alter table t add column x int; end $$
--: do_dynamic
do $$ begin execute 'alter table t add column x int'; end $$
--: return_function
create function mine(x int) returns int language plpgsql as $$ begin x := x + 1; return x; end $$
--: create_function
create function mine() returns int language sql as 'select 1'
--: create_or_replace_function
create or replace function fvolatile() returns int volatile language plpgsql as $$ begin return 2; end $$
--: drop_function
drop function fvolatile()
--: drop_function_cascade
drop function fimmutable(int) cascade
--: alter_function
alter function fvolatile() owner to oracle_owner
--: rename_function
alter function fvolatile() rename to mine
--: function_schema
alter function fvolatile() set schema other
--: function_depends
alter function fvolatile() depends on extension plpgsql
--: function_option
alter function fvolatile() security definer
--: grant_function
grant execute on function fvolatile() to oracle_role
--: create_procedure
create procedure mine() language sql as 'select 1'
--: create_aggregate
create aggregate mine(int) (sfunc = int4pl, stype = int)
--: create_operator
create function op(int, int) returns int language sql as 'select 1';
create operator |+| (leftarg = int, rightarg = int, function = op);
alter operator |+| (int, int) set (restrict = none);
alter operator |+| (int, int) owner to oracle_owner;
drop operator |+| (int, int)
--: create_operator_class
create operator class mine for type int using btree as operator 1 <, operator 3 =, function 1 btint4cmp(int, int)
--: create_operator_family
create operator family mine using btree;
alter operator family mine using btree add operator 1 < (int, int);
alter operator family mine using btree rename to mine2;
drop operator family mine2 using btree
--: create_access_method
create access method mine type index handler bthandler
--: create_cast
create cast (int as mood) with inout
--: create_collation
create collation mine (locale = 'C');
alter collation mine rename to mine2;
alter collation mine2 refresh version
--: create_conversion
create conversion mine for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1;
drop conversion mine
--: create_domain
create domain mine as int check (value > 0) default 3 not null
--: create_enum
create type mine as enum ('a', 'b')
--: create_composite
create type mine as (x int, y text)
--: create_range
create type mine as range (subtype = float8)
--: create_shell_type
create type mine
--: alter_base_type
alter type pair owner to oracle_owner
--: alter_type_options
create type mine;
create function mine_in(cstring) returns mine language internal immutable strict as 'int4in';
create function mine_out(mine) returns cstring language internal immutable strict as 'int4out';
create type mine (input = mine_in, output = mine_out, like = int4);
alter type mine set (storage = plain)
--: create_language
create language plpython_missing
--: create_trusted_language
create or replace trusted language mine handler plpgsql_call_handler
--: create_transform
create transform for int language plpgsql (from sql with function prsd_lextype(internal))
--: create_event_trigger
create function fevent() returns event_trigger language plpgsql as $$ begin null; end $$;
create event trigger mine on ddl_command_end execute function fevent();
alter event trigger mine disable;
alter event trigger mine owner to postgres;
drop event trigger mine
--: event_trigger_with_ddl
create function fevent() returns event_trigger language plpgsql as $$ begin null; end $$;
create event trigger mine on ddl_command_end execute function fevent();
alter table t add column x int default fvolatile()
--: event_trigger_rewrite
create function fevent() returns event_trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create event trigger mine on table_rewrite execute function fevent();
alter table t add column x int default fvolatile()
--: create_extension
create extension hstore
--: create_extension_cascade
create extension if not exists earthdistance cascade
--: create_extension_if_not_exists_present
create extension if not exists plpgsql
--: create_extension_missing
create extension nothing
--: alter_extension
create extension hstore;
alter extension hstore update;
alter extension hstore set schema other;
alter extension hstore add function fvolatile();
alter extension hstore drop function fvolatile()
--: alter_extension_add_table
alter extension plpgsql add table t
--: drop_extension
create extension hstore;
drop extension hstore
--: drop_extension_if_exists_missing
drop extension if exists nothing
--: create_schema
create schema mine
--: create_schema_if_not_exists
create schema if not exists other
--: rename_schema
alter schema other rename to mine
--: rename_schema_with_tables
alter schema public rename to mine
--: schema_owner
alter schema public owner to oracle_owner
--: drop_schema
drop schema other
--: drop_schema_with_tables
drop schema public
--: drop_schema_if_exists_missing
drop schema if exists nothing
--: grant_schema
grant usage on schema public to oracle_role
--: default_privileges
alter default privileges in schema public grant select on tables to oracle_role
--: create_role
create role oracle_new;
alter role oracle_new createdb;
alter role oracle_new set work_mem = '8MB';
grant oracle_new to oracle_role;
revoke oracle_new from oracle_role;
drop role oracle_new
--: drop_role_of_owner
alter table t owner to oracle_owner;
drop role oracle_owner
--: reassign_owned_nothing
reassign owned by oracle_owner to oracle_role
--: drop_owned_grants
grant select on t to oracle_role;
drop owned by oracle_role
--: alter_database
alter database template1 set work_mem = '4MB'
--: alter_database_options
alter database template1 connection limit 5
--: alter_database_refresh since=15
alter database template1 refresh collation version
--: database_owner
alter database template1 owner to oracle_owner
--: comment_on_schema
comment on schema public is 'words'
--: comment_on_function
comment on function fvolatile() is 'words'
--: comment_on_type
comment on type mood is 'words'
--: comment_on_extension
comment on extension plpgsql is 'words'
--: create_foreign_data_wrapper
create foreign data wrapper mine;
alter foreign data wrapper mine options (add x 'y');
create server mine_server foreign data wrapper mine;
alter server mine_server options (add x 'y');
create user mapping for public server mine_server;
alter user mapping for public server mine_server options (add x 'y');
create foreign table mine_table (id int) server mine_server;
drop user mapping for public server mine_server;
drop server mine_server cascade
--: import_foreign_schema
create foreign data wrapper mine;
create server mine_server foreign data wrapper mine;
import foreign schema public from server mine_server into other
--: create_sequence
create sequence mine start 5 cache 2
--: create_sequence_if_not_exists
create sequence if not exists sq
--: create_subscription
create subscription mine connection 'dbname=nothing' publication pub with (connect = false, slot_name = none)
--: alter_subscription
create subscription mine connection 'dbname=nothing' publication pub with (connect = false, slot_name = none);
alter subscription mine owner to postgres;
alter subscription mine set publication other_pub with (refresh = false);
drop subscription mine
--: create_subscription_slot where=inside
create subscription mine connection 'dbname=nothing' publication pub
--: create_text_search
create text search configuration mine (copy = simple);
alter text search configuration mine alter mapping for word with simple;
create text search dictionary mine_dictionary (template = simple);
alter text search dictionary mine_dictionary (accept = false);
drop text search configuration mine
--: security_label_function
security label on function fvolatile() is 'x'
--: create_tablespace_in_transaction where=inside
create tablespace mine location '/nowhere'
--: drop_tablespace_in_transaction where=inside
drop tablespace oracle_space
--: drop_database_in_transaction where=inside
drop database template1
--: tablespace_options
alter tablespace oracle_space set (random_page_cost = 2)
--: grant_tablespace
grant create on tablespace oracle_space to oracle_role
--: prepare_transaction where=inside
alter table t add column x int;
prepare transaction 'oracle'

--: * worlds=rows

--: create_database undo=drop~database~oracle_other
create database oracle_other
--: drop_database_missing
drop database if exists oracle_nothing
--: alter_system undo=alter~system~reset~work_mem
alter system set work_mem = '8MB'
--: discard_all
discard all
--: drop_tablespace_missing
drop tablespace if exists nothing
--: reindex_database since=16
reindex database
--: reindex_system since=16
reindex system
--: listen_alone where=outside
listen oracle
