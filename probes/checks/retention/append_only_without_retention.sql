-- bad, counters >= 8: inserts and nothing else
-- at: min_table_bytes = 100000
-- at: inserted_rows = 1000
create table story.events (id bigint primary key, at timestamptz not null default now(), note text);
insert into story.events select i, now(), 'some text' from generate_series(1, 5000) as i;
-- then
vacuum analyze story.events;
-- expect: table story.events
-- repaired
alter table story.events rename to events_until_now;
create table story.events (like story.events_until_now) partition by range (at);
alter table story.events attach partition story.events_until_now default;

-- near miss, counters >= 8: rows go again, are small in number, or carry no time
-- at: min_table_bytes = 100000
-- at: inserted_rows = 1000
create table story.queue (id bigint primary key, at timestamptz not null default now());
create table story.small (id bigint primary key, at timestamptz not null default now());
create table story.words (id bigint primary key, word text);
insert into story.queue select i, now() from generate_series(1, 5000) as i;
delete from story.queue where id < 100;
insert into story.small select i, now() from generate_series(1, 50) as i;
insert into story.words select i, 'some text' from generate_series(1, 5000) as i;
-- then
vacuum analyze story.queue, story.small, story.words;
