-- bad, server >= 18: the default is random
create table story."T" ("Id" uuid primary key default gen_random_uuid(), a int);
insert into story."T" (a) values (1);
-- expect: table story.T

-- bad, server < 18: there is no uuidv7() yet
create table story.t (id uuid primary key default gen_random_uuid());
-- expect: table story.t
-- repaired
alter table story.t alter id drop default;

-- near miss: no default, another column, a number
create table story.a (id uuid primary key);
create table story.b (id bigint primary key, token uuid default gen_random_uuid());

-- near miss, server >= 18: by time
create table story.t (id uuid primary key default uuidv7());
