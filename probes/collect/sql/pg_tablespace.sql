select
    t.oid::int8 as oid,
    t.spcname as name,
    t.spcowner::int8 as owner,
    pg_catalog.pg_tablespace_location(t.oid) as location
from pg_catalog.pg_tablespace as t
order by t.spcname
