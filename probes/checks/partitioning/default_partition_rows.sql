-- bad, counters >= 1: a month nobody thought of
create table story.t (id bigint, day date) partition by range (day);
create table story.t_2025 partition of story.t for values from ('2025-01-01') to ('2026-01-01');
create table story."t default" partition of story.t default;
insert into story.t values (1, '2025-05-05'), (2, '2026-01-01');
-- expect: table story.t default
-- repaired
alter table story.t detach partition story."t default";
create table story.t_2026 partition of story.t for values from ('2026-01-01') to ('2027-01-01');
insert into story.t select * from story."t default";
truncate story."t default";
alter table story.t attach partition story."t default" default;

-- near miss, counters >= 1: an empty default, and none
create table story.t (id bigint, day date) partition by range (day);
create table story.t_2025 partition of story.t for values from ('2025-01-01') to ('2026-01-01');
create table story.t_default partition of story.t default;
insert into story.t values (1, '2025-05-05');
create table story.u (id bigint) partition by hash (id);
create table story.u_0 partition of story.u for values with (modulus 1, remainder 0);
