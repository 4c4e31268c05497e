--: * tags=rows groups=special

--: odd_kinds
create table t (id serial primary key, a int);
create view v as select a from t;
create materialized view m as select a from t;
create index ti on t(a);
create sequence s;
create sequence s2;
create table u (x int default nextval('s'));
create function f() returns bigint language sql as 'select nextval(''s'')';
create table late (x int default nextval('s2'::text));
create type comp as (a int);
create foreign data wrapper w;
create server srv foreign data wrapper w;
create foreign table ft (a int) server srv;
create table pt (a int, b int) partition by range (a);
create table pt1 partition of pt for values from (0) to (10);
create index pti on pt(b);
create domain dom as int;
create type en as enum ('a');

--: odd_numbers
create table t (id int generated always as identity primary key, s serial, a int not null, n int, b text default 'x', g int generated always as (a * 2) stored, d numeric default 1);
insert into t(a) values (1),(2);
create table plain (id int, ts timestamp);
create domain dom as int;
create domain bigdom as bigint;
create table parent (id int, a int);
create table child () inherits (parent);
create table part (id int not null, a int) partition by range (id);
create table part1 partition of part for values from (0) to (100);
create view v as select id, a from t;
create sequence free;
create sequence free2 as int;
create table other (id int default nextval('free'));
create type comp as (a int);
create table typed of comp;
create foreign data wrapper w;
create server srv foreign data wrapper w;
create foreign table ft (id int, a int) server srv;
create table chk (id int not null, y int check (y > 0));

--: odd_extensions
create table t (id int, a text);
