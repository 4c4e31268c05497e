-- bad: loaded, not created
-- expect: database {database}

-- near miss: there
create extension pg_stat_statements schema story;
