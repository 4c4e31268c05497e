-- bad: a second one
create role story_superusers_tool login superuser;
-- expect: role story_superusers_tool
-- cleanup
drop role story_superusers_tool;

-- near miss: it cannot log in, or is none
create role story_superusers_group nologin superuser;
create role story_superusers_app login createrole createdb;
-- cleanup
drop role story_superusers_group, story_superusers_app;
