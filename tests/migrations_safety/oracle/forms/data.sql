--: * worlds=@table,@relkind,-@partitioned_index

--: select_all
select count(*) from t
--: insert
insert into t (id) values (5000)
--: update_all
update t set a = a
--: delete_all
delete from t

--: * worlds=@few,@relkind,partitioned_list,partitioned_hash,partitioned_nested,ruled,policied,triggered,published,generated,fk_self,fk_varchar,partitioned_fk_in,partitioned_viewed

--: select_one
select * from t where id = 7
--: select_for_update
select id from t where id = 7 for update
--: select_for_share
select id from t for share
--: select_for_key_share
select id from t where id = 7 for key share skip locked
--: select_join
select * from t join p on p.id = t.a
--: select_subquery
select 1 where exists (select from t where a = 3)
--: select_cte
with x as (select * from t) select count(*) from x
--: select_into
select * into mine from t
--: select_only
select count(*) from only t
--: select_union
select id from t union all select id from p
--: values
values (1), (2)
--: table
table t
--: insert_select
insert into t (id, a) select id + 10000, id from p
--: insert_from_itself
insert into t (id, a) select id + 10000, a from t
--: insert_on_conflict
insert into t (id) values (7) on conflict (id) do update set f = 1
--: insert_on_conflict_nothing
insert into t (id) values (7) on conflict do nothing
--: insert_returning
insert into t (id) values (5001) returning id
--: insert_default_values
insert into t default values
--: update_one
update t set f = 3 where id = 7
--: update_key
update t set id = id + 10000 where id = 7
--: update_from
update t set f = p.k from p where p.id = t.a
--: update_indexed
update t set b = 'x' where id = 7
--: update_nothing
update t set f = 3 where false
--: delete_one
delete from t where id = 7
--: delete_using
delete from t using p where p.id = t.a
--: delete_referenced
delete from p where id = 7
--: update_referenced
update p set id = id + 10000 where id = 7
--: merge since=15
merge into t using p on p.id = t.a when matched then update set f = 1 when not matched then insert (id, a) values (p.id + 10000, 1)
--: merge_delete since=15
merge into t using p on p.id = t.a when matched then delete
--: merge_nothing since=15
merge into t using p on p.id = t.a when matched then do nothing
--: merge_by_source since=17
merge into t using p on p.id = t.a when not matched by source then delete
--: with_delete
with gone as (delete from t where id = 7 returning id) select * from gone
--: copy_from_program
copy t (id) from program 'echo 6000'
--: copy_to_program
copy t to program 'cat > /dev/null'
--: copy_query
copy (select id from t) to program 'cat > /dev/null'
--: declare_cursor
declare cur cursor for select * from t
--: cursor_sequence
declare cur cursor for select * from t;
fetch 3 from cur;
close cur
--: prepare
prepare stmt as select * from t where id = $1
--: prepare_and_execute
prepare stmt_run (int) as select * from t where id = $1;
execute stmt_run (7);
deallocate stmt_run
--: explain
explain select * from t where a = 3
--: explain_analyze
explain (analyze, costs off) update t set f = 1
--: create_table_as
create table mine as select id, a from t
--: create_table_as_no_data
create table mine as select id, a from t with no data
--: create_table_as_if_not_exists
create table if not exists p as select id from t
--: create_view
create view mine as select id, a from t
--: create_materialized_view
create materialized view mine as select id, a from t
--: create_materialized_view_no_data
create materialized view mine as select id, a from t with no data
--: nextval
select nextval('sq')
--: do_block
do $$ begin perform count(*) from t; end $$
--: do_block_static
do $$ begin null; end $$

--: * worlds=rows,indexed,fk_out,fk_in,triggered,partitioned,leaf,ruled,viewed where=outside

--: insert_alone
insert into t (id) values (5000)
--: update_alone
update t set f = 3 where id = 7
--: delete_alone
delete from t where id = 7
--: select_alone
select count(*) from t
--: insert_select_alone
insert into t (id, a) select id + 10000, id from p
