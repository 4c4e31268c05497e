-- bad: the tables are another's
create role story_schema_owner_deploy nologin;
create table story.notes (id bigint primary key);
alter table story.notes owner to story_schema_owner_deploy;
-- expect: schema story
-- cleanup
drop owned by story_schema_owner_deploy cascade;
drop role story_schema_owner_deploy;

-- near miss: all of it is the superuser's, or all of it the role's; an empty schema
create role story_schema_owner_deploy nologin;
create table story.notes (id bigint primary key);
create schema shop authorization story_schema_owner_deploy;
create table shop.goods (id bigint primary key);
alter table shop.goods owner to story_schema_owner_deploy;
create schema bare;
-- cleanup
drop owned by story_schema_owner_deploy cascade;
drop role story_schema_owner_deploy;
