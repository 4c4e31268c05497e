-- bad, counters >= 2: the indexed column changes each time
-- at: updates = 100
create table story.jobs (id int primary key, state int);
create index on story.jobs (state);
insert into story.jobs select g, 0 from generate_series(1, 200) as g;
-- then
update story.jobs set state = state + 1;
-- expect: table story.jobs

-- near miss, counters >= 2: updates stay on their page
-- at: updates = 100
create table story.jobs (id int primary key, state int) with (fillfactor = 40);
insert into story.jobs select g, 0 from generate_series(1, 200) as g;
-- then
update story.jobs set state = state + 1;
