-- bad, counters >= 1: years, the last of them over
create table story."T t" (id bigint, day date, primary key (id, day)) partition by range (day);
create table story.t_2024 partition of story."T t" for values from ('2024-01-01') to ('2025-01-01');
create table story.t_2025 partition of story."T t" for values from ('2025-01-01') to ('2026-01-01');
insert into story."T t" values (1, '2025-05-05');
-- expect: partitioned table story.T t

-- bad, counters >= 1: weeks of timestamps, the last of them nearly over
create table story.t (id bigint, at timestamptz) partition by range (at);
do $$
begin
    execute format(
        'create table story.t_1 partition of story.t for values from (%L) to (%L)', current_date - 4, current_date + 3
    );
end
$$;
-- expect: partitioned table story.t

-- bad, counters >= 1: over, and the rows have gone into the default: no partition can be added while they lie there
create table story.t (id bigint, at timestamptz) partition by range (at);
create table story."T default" partition of story.t default;
do $$
begin
    execute format(
        'create table story.t_1 partition of story.t for values from (%L) to (%L)', current_date - 40, current_date - 10
    );
end
$$;
insert into story.t values (1, now() - interval '20 days'), (2, now());
-- expect: partitioned table story.t
-- repaired
alter table story.t detach partition story."T default";
do $$
begin
    execute format(
        'create table story.t_2 partition of story.t for values from (%L) to (%L)', current_date - 10, current_date + 90
    );
end
$$;
insert into story.t select * from story."T default";
truncate story."T default";
alter table story.t attach partition story."T default" default;

-- near miss, counters >= 1: far ahead, open ended, by number, abandoned
create table story.a (id bigint, day date) partition by range (day);
create table story.a_1 partition of story.a for values from ('2020-01-01') to ('2120-01-01');
create table story.b (id bigint, day date) partition by range (day);
create table story.b_1 partition of story.b for values from ('2020-01-01') to (maxvalue);
create table story.c (id bigint, day date) partition by range (id);
create table story.c_1 partition of story.c for values from (0) to (10);
create table story.d (id bigint, day date) partition by range (day);
create table story.d_1 partition of story.d for values from ('2020-01-01') to ('2021-01-01');
create table story.e (id bigint, day date) partition by list (day);
create table story.e_1 partition of story.e for values in ('2020-01-01');
