-- bad: the database has a limit, two roles have none
create role story_undone_app login;
create role story_undone_job login;
do $$ begin
    execute format('alter database %I set statement_timeout = %L', current_database(), '1min');
    execute format('alter role story_undone_job in database %I set statement_timeout = 0', current_database());
end $$;
alter role story_undone_app set statement_timeout = '0s';
-- expect: role story_undone_app
-- expect: role story_undone_job
-- cleanup
drop role story_undone_app, story_undone_job;

-- near miss: nothing to undo, or another limit
create role story_undone_app login;
alter role story_undone_app set statement_timeout = 0;
alter role story_undone_app set lock_timeout = '3s';
-- cleanup
drop role story_undone_app;
