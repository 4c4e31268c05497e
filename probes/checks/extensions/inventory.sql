-- bad: one
create extension pg_trgm;
-- expect: database {database}
-- repaired
drop extension pg_trgm;

-- near miss: none but the language that is always there
