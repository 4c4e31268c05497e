-- bad: schema and table of two roles
create role story_table_owner;
create table story."T" (id bigint primary key);
alter table story."T" owner to story_table_owner;
-- expect: table story.T
-- cleanup
drop owned by story_table_owner;
drop role story_table_owner;

-- near miss: both of one role; public belongs to the database's owner
create table story.t (id bigint primary key);
create table public.t (id bigint primary key);
