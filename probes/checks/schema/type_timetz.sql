-- bad: an offset without a date
create table story.t (id bigint primary key, "pick up" timetz);
insert into story.t values (1, '10:00+02');
-- expect: column story.t.pick up

-- near miss: time of day, and a moment
create table story.t (id bigint primary key, opens time, sent_at timestamptz);
