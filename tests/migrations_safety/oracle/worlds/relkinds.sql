--: * tags=relkind

--: target_view add=view_target base=
create table tt (id int primary key, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int);
insert into tt select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;
create view t as select id, a, b, c, d, e, f from tt;
create view vv as select id, a from t;
create function fview() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger trg instead of insert on t for each row execute function fview();

--: target_matview add=matview_target
create table tt (id int primary key, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int);
insert into tt select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;
create materialized view t as select id, a, b, c, d, e, f from tt;
create unique index t_pkey on t (id);
create index t_b_idx on t (b);
create view vv as select id, a from t;

--: target_sequence add=sequence_target
create sequence t;
create table tt (id int default nextval('t') primary key);
insert into tt select from generate_series(1, 50);

--: target_foreign add=foreign_target
create foreign data wrapper nothing;
create server nowhere foreign data wrapper nothing;
create foreign table t (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int) server nowhere;
alter foreign table t add constraint ck check (d >= 0);
create trigger trg before update on t for each row execute function ftrg();
create view vv as select id, a from t;

--: target_index add=index_target
create table tt (id int primary key, a int, b text);
insert into tt select i, i, 'b' || i from generate_series(1, 50) as i;
create index t on tt (a);

--: target_partitioned_index add=index_target,partitioned
create table tt (id int primary key, a int, b text) partition by range (id);
create table tt1 partition of tt for values from (1) to (26);
create table tt2 partition of tt for values from (26) to (51);
insert into tt select i, i, 'b' || i from generate_series(1, 50) as i;
create index t on tt (a);

--: target_composite add=type_target
create type t as (id int, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int);
create table tt (id int primary key, whole t);
insert into tt select i, row(i, i, 'b', 'c', 1, now(), i)::t from generate_series(1, 50) as i;
