-- bad, counters >= 30: written for years, never read
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 100) as i;
-- expect: index story.t.t_a_idx

-- bad, counters >= 30: of two covers of a foreign key one can go
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index child_parent_idx on story.child (parent_id);
create index child_parent_id_idx on story.child (parent_id, id);
insert into story.parent values (1);
insert into story.child values (1, 1);
-- expect: index story.child.child_parent_id_idx

-- bad, counters >= 30: a partitioned index, by the sum over its partitions
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create table story.t_2 partition of story.t for values from (10) to (20);
create index t_a_idx on story.t (a);
insert into story.t values (1, 1), (11, 1);
-- expect: index story.t.t_a_idx

-- near miss, counters >= 30: used once
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 100) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5;

-- near miss, counters >= 30: it guards something
create table story.t (id bigint primary key, a int not null, b int, r int4range, exclude using gist (r with &&));
create unique index t_a_idx on story.t (a);
alter table story.t replica identity using index t_a_idx;
insert into story.t values (1, 1, 1, '[1,2)');

-- near miss, counters >= 30: the only cover of a foreign key
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index child_parent_idx on story.child (parent_id);
insert into story.parent values (1);
insert into story.child values (1, 1);

-- near miss, counters >= 30: nobody touched the table
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);

-- bad, counters >= 30: of twins that cover a foreign key the older one stays
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index child_older_idx on story.child (parent_id);
create index child_again_idx on story.child (parent_id);
insert into story.parent values (1);
insert into story.child values (1, 1);
-- expect: index story.child.child_again_idx
