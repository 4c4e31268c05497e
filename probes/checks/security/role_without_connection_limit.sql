-- bad: no limit
create role story_limit_app login;
-- expect: role story_limit_app
-- cleanup
drop role story_limit_app;

-- near miss: limited, or it cannot log in
create role story_limit_app login connection limit 20;
create role story_limit_group nologin;
-- cleanup
drop role story_limit_app, story_limit_group;
