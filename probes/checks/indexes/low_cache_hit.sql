-- bad, counters >= 30: more is asked of it than any cache can give
-- at: hit_ratio = 1.01
-- at: min_blocks = 100
create table story.t (id bigint primary key, a int);
insert into story.t select i, i from generate_series(1, 2000) as i;
-- expect: database current
-- repaired
drop table story.t;

-- near miss, counters >= 30: all in cache, or too little to tell
-- at: min_blocks = 100
create table story.t (id bigint primary key, a int);
insert into story.t select i, i from generate_series(1, 2000) as i;
