-- bad: granted
revoke create on schema public from public;
grant create on schema story to public;
-- expect: schema story

-- bad, server < 15: as every database begins
-- expect: schema public

-- bad: a name that needs quotes
revoke create on schema public from public;
create schema "Sh""op";
grant all on schema "Sh""op" to public;
-- expect: schema Sh"op

-- near miss: everybody may use it, some may create
revoke create on schema public from public;
create role story_public_create_deploy nologin;
grant usage on schema story to public;
grant create on schema story to story_public_create_deploy;
-- cleanup
drop owned by story_public_create_deploy;
drop role story_public_create_deploy;

-- near miss, server >= 15: as every database begins

-- near miss: a schema that belongs to an extension
revoke create on schema public from public;
create schema ext;
create extension pg_buffercache schema story;
alter extension pg_buffercache add schema ext;
grant create on schema ext to public;
