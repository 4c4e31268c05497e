-- bad: a role and the database
create role story_overrides_app login;
alter role story_overrides_app set work_mem = '8MB';
do $$ begin execute format('alter database %I set lock_timeout = %L', current_database(), '3s'); end $$;
-- expect: role story_overrides_app
-- expect: database {database}
-- repaired
alter role story_overrides_app reset all;
do $$ begin execute format('alter database %I reset all', current_database()); end $$;
-- cleanup
drop role story_overrides_app;

-- near miss: nothing bound
create role story_overrides_app login;
-- cleanup
drop role story_overrides_app;
