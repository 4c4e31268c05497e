-- bad, counters >= 30: large for a story
-- at: min_index_bytes = 16384
create table story.t (id bigint primary key, tags text[]);
create index t_tags_idx on story.t using gin (tags);
insert into story.t select i, array['a' || i, 'b'] from generate_series(1, 2000) as i;
-- then
vacuum story.t;
-- expect: index story.t.t_tags_idx
-- repaired
drop index story.t_tags_idx;

-- near miss, counters >= 30: a btree, or hardly written
-- at: min_index_bytes = 16384
create table story.t (id bigint primary key, a int);
create index on story.t (a);
insert into story.t select i, i from generate_series(1, 20000) as i;
create table story.u (id bigint primary key, tags text[]);
create index on story.u using gin (tags);
insert into story.u values (1, '{a}');
-- then
vacuum story.t;
