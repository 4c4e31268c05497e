-- Each call keeps a lock on its sequence to the end of the transaction: the collector asks for a few hundred at a time.
select
    s.oid::int8 as relation,
    case when p.allowed then pg_catalog.pg_sequence_last_value(s.oid) end as last_value,
    p.allowed as readable
from pg_catalog.unnest(%(oids)s::pg_catalog.oid[]) as s (oid)
cross join lateral (
    select coalesce(
        pg_catalog.has_sequence_privilege(s.oid, 'USAGE') or pg_catalog.has_sequence_privilege(s.oid, 'SELECT'), false
    ) as allowed
) as p
