-- bad: a build that failed
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'story.t_a_idx'::pg_catalog.regclass;
-- expect: index story.t.t_a_idx

-- bad: not even ready, and a leftover of REINDEX CONCURRENTLY
create table story.t (id bigint primary key, a int);
create unique index t_a_idx_ccnew on story.t (a);
update pg_catalog.pg_index set indisvalid = false, indisready = false
where indexrelid = 'story.t_a_idx_ccnew'::pg_catalog.regclass;
-- expect: index story.t.t_a_idx_ccnew

-- bad: the index of a constraint is rebuilt in place
create table story.t (id bigint primary key, a int constraint t_a_key unique);
insert into story.t select i, i from generate_series(1, 10) as i;
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'story.t_a_key'::pg_catalog.regclass;
-- expect: index story.t.t_a_key

-- bad: a partitioned index without its parts
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create table story.t_2 partition of story.t for values from (10) to (20);
create index t_a_idx on only story.t (a);
create index t_1_a_idx on story.t_1 (a);
alter index story.t_a_idx attach partition story.t_1_a_idx;
-- expect: index story.t.t_a_idx
-- repaired
create index t_2_a_idx on story.t_2 (a);
alter index story.t_a_idx attach partition story.t_2_a_idx;

-- near miss: valid indexes, a partitioned one among them
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create index on story.t (a);
create index on story.t (a) where a > 5;

-- near miss: a partitioned index without any partition has nothing to wait for
create table story.t (id bigint, a int) partition by range (id);
create index on story.t (a);
