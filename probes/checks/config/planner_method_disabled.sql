-- bad: for the database
do $$ begin execute format('alter database %I set enable_hashjoin = off', current_database()); end $$;
-- expect: setting enable_hashjoin

-- near miss: off from the beginning
do $$ begin execute format('alter database %I set enable_partitionwise_join = off', current_database()); end $$;
