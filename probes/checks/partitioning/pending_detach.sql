-- bad, server >= 14: interrupted between its two steps
create table story."T" (id bigint) partition by range (id);
create table story."T 1" partition of story."T" for values from (0) to (10);
insert into story."T" values (1);
update pg_catalog.pg_inherits set inhdetachpending = true where inhrelid = 'story."T 1"'::regclass;
-- expect: table story.T 1

-- near miss, server >= 14: attached, and detached
create table story.t (id bigint) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create table story.t_2 partition of story.t for values from (10) to (20);
alter table story.t detach partition story.t_2;
