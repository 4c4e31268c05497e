-- bad: as servers before 14 made them
set password_encryption = 'md5';
create role story_md5_app login password 'marmalade';
-- expect: role story_md5_app
-- repaired
set password_encryption = 'scram-sha-256';
alter role story_md5_app password 'marmalade';
-- cleanup
drop role story_md5_app;

-- near miss: SCRAM, or none
set password_encryption = 'scram-sha-256';
create role story_md5_app login password 'marmalade';
create role story_md5_peer login;
-- cleanup
drop role story_md5_app, story_md5_peer;
