-- bad, counters >= 30: two hundred writes, one read
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 200) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5;
do $$ begin for i in 1..30 loop perform 1 from story.t where id = i; end loop; end $$;
-- expect: index story.t.t_a_idx

-- near miss, counters >= 30: read as often as written, or hardly written
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 150) as i;
create table story.u (id bigint primary key, a int);
create index u_a_idx on story.u (a);
insert into story.u select i, i from generate_series(1, 50) as i;
-- then
set enable_seqscan = off;
do $$ begin for i in 1..200 loop perform 1 from story.t where a = i; perform 1 from story.u where id = i; end loop; end $$;
select * from story.u where a = 5;

-- near miss, counters >= 30: the only cover of a foreign key
create table story.parent (id bigint primary key);
create table story.t (id bigint primary key, a bigint references story.parent);
create index t_a_idx on story.t (a);
insert into story.parent select i from generate_series(1, 200) as i;
insert into story.t select i, i from generate_series(1, 200) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5;
do $$ begin for i in 1..30 loop perform 1 from story.t where id = i; end loop; end $$;

-- near miss, counters >= 30: it makes a narrower one redundant, which goes in its place
create table story.t (id bigint primary key, a int, b int);
create index t_ab_idx on story.t (a, b);
insert into story.t select i, i, i from generate_series(1, 200) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5 and b = 5;
create index t_a_idx on story.t (a);
do $$ begin for i in 1..30 loop perform 1 from story.t where id = i; end loop; end $$;
