-- bad: a schema where everybody may create
grant create on schema story to public;
create schema story_private;
create function story.merge(kept bigint) returns bigint
    language sql security definer set search_path = story_private, story, pg_temp as 'select $1';
-- expect: function story.merge
-- cleanup
drop schema story_private cascade;

-- bad: pg_temp is not named, or not last
create function story.close(month date) returns bigint
    language sql security definer set search_path = story as 'select count(*) from pg_catalog.pg_class';
create procedure story.reopen(month date)
    language plpgsql security definer set search_path = pg_temp, story as 'begin end';
-- expect: function story.close
-- expect: procedure story.reopen

-- bad: another role owns the schema; two overloaded functions
create role story_definer_path_other login;
create schema story_other authorization story_definer_path_other;
create function story.act(int) returns int
    language sql security definer set search_path = "story_other", pg_temp as 'select 1';
create function story.act(text, variadic int[]) returns int
    language sql security definer set search_path = story_other, pg_temp as 'select 1';
-- expect: function story.act
-- expect: function story.act
-- cleanup
drop owned by story_definer_path_other cascade;
drop role story_definer_path_other;

-- near miss: only trusted schemas, and pg_temp last
create function story.close(month date) returns bigint
    language sql security definer set search_path = pg_catalog, story, pg_temp as 'select count(*) from pg_class';
create function story.stamp() returns trigger
    language plpgsql security definer set search_path = '' as 'begin return new; end';

-- near miss: it runs as its caller
grant create on schema story to public;
create function story.label(number text) returns text
    language sql stable set search_path = story as 'select number';

-- near miss, server >= 14: names were bound when it was made
create function story.one() returns int
    language sql security definer set search_path = story begin atomic select 1; end;

-- near miss: those who create there can become the owner anyhow
create role story_definer_path_owner nologin;
create role story_definer_path_member login in role story_definer_path_owner;
grant create, usage on schema story to story_definer_path_owner, story_definer_path_member;
create function story.close(month date) returns bigint
    language sql security definer set search_path = story, pg_temp as 'select 1::bigint';
alter function story.close(date) owner to story_definer_path_owner;
-- cleanup
drop owned by story_definer_path_owner, story_definer_path_member;
drop role story_definer_path_owner, story_definer_path_member;
