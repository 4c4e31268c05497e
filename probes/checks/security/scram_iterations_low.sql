-- bad, server >= 16: a tenth of the default
set scram_iterations = 400;
create role story_scram_app login password 'marmalade';
-- expect: role story_scram_app
-- repaired
alter role story_scram_app password 'marmalade';
-- cleanup
drop role story_scram_app;

-- near miss: the default
set password_encryption = 'scram-sha-256';
create role story_scram_app login password 'marmalade';
-- cleanup
drop role story_scram_app;
