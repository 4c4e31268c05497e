-- bad: an old version
create extension pg_trgm version '1.3';
-- expect: extension pg_trgm

-- near miss: the one that is offered
create extension pg_trgm;
