-- bad: files, and all data
create role story_predefined_etl login;
grant pg_read_server_files, pg_signal_backend to story_predefined_etl;
-- expect: role story_predefined_etl
-- expect: role story_predefined_etl
-- cleanup
drop role story_predefined_etl;

-- near miss: watching only
create role story_predefined_monitor login;
grant pg_monitor to story_predefined_monitor;
-- cleanup
drop role story_predefined_monitor;
