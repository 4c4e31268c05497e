-- bad: a number beside the key
create table story."T" (id bigint primary key, "Number" serial);
insert into story."T" (id) values (1), (2);
-- expect: column story.T.Number

-- near miss: the key itself, and an identity
create table story.t (id serial primary key, n bigint generated always as identity);
