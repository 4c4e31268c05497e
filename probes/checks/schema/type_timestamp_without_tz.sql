-- bad: a moment without its zone
create table story."T" (id bigint primary key, "sent at" timestamp, precise timestamp(3) default now());
insert into story."T" values (1, '2025-01-02 03:04:05');
create index on story."T" ("sent at");
-- expect: column story.T.sent at
-- expect: column story.T.precise

-- bad: a partitioned table, once
create table story.t (id bigint, sent_at timestamp) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
-- expect: column story.t.sent_at

-- near miss: with its zone, a date, and local time in a view on purpose
create table story.t (id bigint primary key, sent_at timestamptz, due date, opens time);
create view story.v as select id, sent_at at time zone 'Europe/Berlin' as local_time from story.t;
