select
    p.database,
    p.owner,
    extract(epoch from pg_catalog.clock_timestamp() - p.prepared)::float8 as age_seconds,
    pg_catalog.age(p.transaction) as xid_age
from pg_catalog.pg_prepared_xacts as p
