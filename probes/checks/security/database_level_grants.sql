-- bad: as every database begins
-- expect: database {database}

-- bad: everybody may make schemas
do $$ begin execute format('grant create on database %I to public', current_database()); end $$;
-- expect: database {database}

-- near miss: revoked
do $$ begin execute format('revoke all on database %I from public', current_database()); end $$;
