-- bad: a bigint sequence behind an integer column
create sequence story."Id seq";
create table story."T" ("Id" int primary key default nextval('story."Id seq"'));
insert into story."T" values (1);
select setval('story."Id seq"', 2100000000);
-- expect: sequence story.Id seq

-- bad: serial, smallserial and identity
create table story.a (id serial primary key);
create table story.b (id smallserial primary key);
create table story.c (id smallint generated always as identity primary key);
select setval('story.a_id_seq', 2100000000), setval('story.b_id_seq', 32000), setval('story.c_id_seq', 32000);
-- expect: sequence story.a_id_seq
-- expect: sequence story.b_id_seq
-- expect: sequence story.c_id_seq

-- bad: it descends, and nothing owns it
create sequence story.down increment -1 minvalue -1000 as bigint;
create table story.t (id bigint default nextval('story.down'));
select setval('story.down', -960);
-- expect: sequence story.down

-- bad: a maximum of its own
create sequence story.tickets maxvalue 1000;
select setval('story.tickets', 900);
-- expect: sequence story.tickets

-- bad: even bigint is used up
create sequence story.huge;
select setval('story.huge', 9223372036854775000);
-- expect: sequence story.huge
-- repaired
alter sequence story.huge restart with 1;

-- near miss: half used, cycling, never used
create table story.t (id serial primary key);
select setval('story.t_id_seq', 1000000000);
create sequence story.around maxvalue 10 cycle;
select setval('story.around', 10);
create sequence story.fresh maxvalue 10;

-- near miss: far above an integer, in a bigint column
create table story.t (id bigint generated always as identity primary key);
select setval('story.t_id_seq', 3000000000);
