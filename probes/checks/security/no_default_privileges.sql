-- bad: three tables granted alike
create role story_default_acl_app login;
create table story.a (id int primary key);
create table story.b (id int primary key);
create table story.c (id int primary key);
grant select, insert on story.a, story.b to story_default_acl_app;
grant select, update on story.c to story_default_acl_app;
-- expect: schema story
-- cleanup
drop owned by story_default_acl_app;
drop role story_default_acl_app;

-- near miss: default privileges are there, or the grants have nothing in common
create role story_default_acl_app login;
alter default privileges in schema story grant select on tables to story_default_acl_app;
create table story.a (id int primary key);
create table story.b (id int primary key);
create table story.c (id int primary key);
create schema shop;
create table shop.a (id int primary key);
create table shop.b (id int primary key);
create table shop.c (id int primary key);
grant select on shop.a to story_default_acl_app;
grant insert on shop.b, shop.c to story_default_acl_app;
-- cleanup
drop owned by story_default_acl_app;
drop role story_default_acl_app;
