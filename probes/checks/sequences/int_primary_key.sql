-- bad: half of it
create table story."T" (id serial primary key);
insert into story."T" default values;
select setval('story."T_id_seq"', 1200000000);
-- expect: table story.T

-- bad: other tables refer to it
create table story.t (id int generated always as identity primary key);
create table story.child (id bigint primary key, t_id int references story.t);
select setval('story.t_id_seq', 2100000000);
-- expect: table story.t
-- repaired
alter table story.child alter t_id type bigint;
alter table story.t alter id type bigint;

-- near miss: young, wide, not the key
create table story.a (id serial primary key);
select setval('story.a_id_seq', 1000000);
create table story.b (id bigserial primary key);
select setval('story.b_id_seq', 3000000000);
create table story.c (id bigint primary key, n serial);
select setval('story.c_n_seq', 2000000000);
