-- bad: as every function is made
create function story.merge(kept bigint, variadic merged bigint[]) returns void language sql security definer as '';
create procedure story.reopen() language plpgsql security definer as 'begin end';
grant usage on schema story to public;
-- expect: function story.merge
-- expect: procedure story.reopen

-- near miss: revoked, granted by name, a trigger's, invoker's rights, a closed schema
create role story_definer_exec_app login;
create function story.merge(kept bigint) returns void language sql security definer as '';
revoke execute on function story.merge(bigint) from public;
create function story.book(kept bigint) returns void language sql security definer as '';
revoke execute on function story.book(bigint) from public;
grant execute on function story.book(bigint) to story_definer_exec_app;
create function story.stamp() returns trigger language plpgsql security definer as 'begin return new; end';
create function story.plain() returns int language sql as 'select 1';
grant usage on schema story to public;
create schema hidden;
create function hidden.merge() returns void language sql security definer as '';
-- cleanup
drop owned by story_definer_exec_app;
drop role story_definer_exec_app;
