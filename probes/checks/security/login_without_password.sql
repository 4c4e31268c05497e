-- bad: none
create role story_nopassword_app login;
-- expect: role story_nopassword_app
-- repaired
alter role story_nopassword_app password 'marmalade';
-- cleanup
drop role story_nopassword_app;

-- near miss: it has one, or cannot log in
create role story_nopassword_app login password 'marmalade';
create role story_nopassword_group nologin;
-- cleanup
drop role story_nopassword_app, story_nopassword_group;
