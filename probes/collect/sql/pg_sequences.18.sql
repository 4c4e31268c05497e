-- pg_get_sequence_data() takes no lock that lasts, unlike pg_sequence_last_value().
select
    s.oid::int8 as relation,
    case when d.is_called then d.last_value end as last_value,
    d.last_value is not null as readable
from pg_catalog.unnest(%(oids)s::pg_catalog.oid[]) as s (oid)
cross join lateral pg_catalog.pg_get_sequence_data(s.oid::pg_catalog.regclass) as d
