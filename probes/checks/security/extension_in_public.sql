-- bad: two of them
create extension pg_buffercache schema public;
create extension pgcrypto schema public;
-- expect: extension pg_buffercache
-- expect: extension pgcrypto

-- near miss: a schema of its own
create extension pgcrypto schema story;
