-- bad: a view and a materialized view behind another
create schema auth;
create table auth.users (id bigint primary key, email text, encrypted_password text);
alter table auth.users enable row level security;
create view story.people as select * from auth.users;
create materialized view story.mails as select email from story.people;
grant usage on schema story to public;
grant select on story.people, story.mails to public;
-- expect: view story.people
-- expect: materialized view story.mails

-- near miss: another table of that name, nobody to read, or policies that bind the reader
create schema auth;
create table auth.users (id bigint primary key, email text);
alter table auth.users enable row level security;
create table story.users (id bigint primary key);
create view story.own_people as select id from story.users;
create view story.closed_people as select id from auth.users;
grant usage on schema story to public;
grant select on story.own_people to public;

-- near miss, server >= 15: policies that bind the reader
create schema auth;
create table auth.users (id bigint primary key, email text);
alter table auth.users enable row level security;
create view story.people with (security_invoker) as select id from auth.users;
grant usage on schema story to public;
grant select on story.people to public;
