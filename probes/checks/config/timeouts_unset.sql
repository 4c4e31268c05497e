-- bad: nothing anywhere
-- expect: database {database}

-- near miss: one limit for the database
do $$ begin execute format('alter database %I set statement_timeout = %L', current_database(), '10min'); end $$;

-- near miss: one limit for a role
create role story_timeouts_app login;
alter role story_timeouts_app set lock_timeout = '5s';
-- cleanup
drop role story_timeouts_app;

-- bad: zero is no limit, and another database is none of ours
create role story_timeouts_app login;
alter role story_timeouts_app set lock_timeout = 0;
alter role story_timeouts_app in database postgres set statement_timeout = '10s';
-- expect: database {database}
-- cleanup
drop role story_timeouts_app;
