-- bad: a hotfix by another role
create role story_mixed_owner;
create table story.a (id bigint primary key);
create table story.b (id bigint primary key);
create table story."C" (id bigint primary key);
alter table story."C" owner to story_mixed_owner;
-- expect: schema story
-- cleanup
drop owned by story_mixed_owner;
drop role story_mixed_owner;

-- near miss: one owner in each of two schemas, and a view of somebody else
create role story_mixed_near;
create schema story_other authorization story_mixed_near;
create table story.a (id bigint primary key);
create table story_other.b (id bigint primary key);
alter table story_other.b owner to story_mixed_near;
create view story.v as select 1 as a;
alter view story.v owner to story_mixed_near;
-- cleanup
drop owned by story_mixed_near;
drop role story_mixed_near;
