-- bad: serial of both sizes
create table story."T" ("Id" serial primary key, a int);
insert into story."T" (a) values (1), (2);
create table story.u (id bigserial primary key);
-- expect: column story.T.Id
-- expect: column story.u.id

-- near miss: identity, a sequence of its own, a serial elsewhere
create table story.a (id bigint generated always as identity primary key);
create sequence story.numbers;
create table story.b (id bigint primary key default nextval('story.numbers'), n serial);
