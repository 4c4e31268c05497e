-- bad: one value in a hundred rows
-- at: min_index_bytes = 16384
create table story."T" (id bigint primary key, "A" int);
create index "By A" on story."T" ("A" desc);
insert into story."T" select i, case when i % 100 = 0 then i end from generate_series(1, 5000) as i;
-- then
vacuum (analyze) story."T";
-- expect: index story.T.By A

-- near miss: half of them, already partial, small
-- at: min_index_bytes = 65536
create table story.t (id bigint primary key, a int, b int);
create index on story.t (a);
create index on story.t (b) where b is not null;
insert into story.t select i, case when i % 2 = 0 then i end, case when i % 100 = 0 then i end from generate_series(1, 5000) as i;
create table story.u (id bigint primary key, a int);
create index on story.u (a);
insert into story.u (id) select i from generate_series(1, 100) as i;
-- then
vacuum (analyze) story.t;
-- then
vacuum (analyze) story.u;
