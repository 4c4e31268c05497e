-- bad: no key of any kind
create table story.t (a int, b text);
insert into story.t values (1, 'x'), (1, 'x');
-- expect: table story.t

-- bad: a candidate that nobody declared
create table story."T t" (code text not null, b int);
create unique index t_code_idx on story."T t" (code);
insert into story."T t" values ('x', 1);
-- expect: table story.T t

-- bad: a unique constraint is no primary key
create table story.t (code text not null unique, b int);
-- expect: table story.t

-- bad: the column id is taken, and may repeat
create table story.t (id int, a int);
-- expect: table story.t
-- repaired
alter table story.t add primary key (id);

-- bad: a partitioned table is reported once, its leaves are not
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create table story.t_2 partition of story.t for values from (10) to (20);
-- expect: partitioned table story.t
-- repaired
alter table story.t add primary key (id);

-- near miss: keys of one and of two columns
create table story.t (id bigint primary key);
create table story.pairs (a int, b int, primary key (a, b));

-- near miss: the partitions have keys, which the root cannot have
create table story.t (id bigint, day date) partition by range (day);
create table story.t_1 partition of story.t (primary key (id)) for values from ('2025-01-01') to ('2026-01-01');

-- near miss: a table that a migration tool keeps
create table story.alembic_version (version_num text not null);
