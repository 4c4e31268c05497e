-- bad: a column, an index and a constraint went missing, something was added by hand
create schema t_1; create schema t_2; create schema t_3; create schema t_4; create schema t_5;
do $$
declare
    name text;
begin
    foreach name in array array['t_1', 't_2', 't_3', 't_4', 't_5'] loop
        execute format('create table %I.users (id bigint primary key, email text not null)', name);
        execute format('create table %I.orders (id bigint primary key, user_id bigint references %I.users, note text)', name, name);
        execute format('create index on %I.orders (user_id)', name);
        execute format('alter table %I.orders add check (note <> ''x'')', name);
    end loop;
end
$$;
alter table t_2.users alter email drop not null;
drop index t_3.orders_user_id_idx;
create table t_4.extra (id bigint primary key);
alter table t_5.orders drop constraint orders_user_id_fkey, add foreign key (user_id) references t_1.users;
-- expect: schema t_2
-- expect: schema t_3
-- expect: schema t_4
-- expect: schema t_5
-- repaired
alter table t_2.users alter email set not null;
create index on t_3.orders (user_id);
drop table t_4.extra;
alter table t_5.orders drop constraint orders_user_id_fkey, add foreign key (user_id) references t_5.users;

-- bad: configured by pattern, however unlike they are
-- at: schema_pattern = shop_*
create schema shop_a; create schema shop_b; create schema shop_c;
create table shop_a.items (id bigint primary key);
create table shop_b.items (id bigint primary key);
create table shop_c.things (id bigint primary key);
-- expect: schema shop_c
-- repaired
alter table shop_c.things rename to items;

-- near miss: siblings that are alike but for the names of indexes, and schemas that never were siblings
create schema t_1; create schema t_2; create schema t_3;
create table t_1.users (id bigint constraint one primary key, email text);
create table t_2.users (id bigint constraint two primary key, email text);
create table t_3.users (email text, id bigint primary key);
create index here on t_1.users (email);
create index there on t_2.users (email);
create index everywhere on t_3.users (email);
create table story.users (id bigint primary key, email text);
create index on story.users (email);
create schema reports;
create table reports.months (id int primary key);
