-- bad: for everybody, and one column for writing
create foreign data wrapper story_fdw;
create server story_server foreign data wrapper story_fdw;
create foreign table story.remote (id int, name text) server story_server;
create foreign table story.other (id int, name text) server story_server;
grant usage on schema story to public;
grant select on story.remote to public;
grant update (name) on story.other to public;
-- expect: foreign table story.remote
-- expect: foreign table story.other

-- near miss: an application role in a database without policies, and no grant
create role story_foreign_app login;
create foreign data wrapper story_fdw;
create server story_server foreign data wrapper story_fdw;
create foreign table story.remote (id int, name text) server story_server;
create foreign table story.closed (id int, name text) server story_server;
grant usage on schema story to story_foreign_app;
grant select on story.remote to story_foreign_app;
-- cleanup
drop owned by story_foreign_app;
drop role story_foreign_app;
