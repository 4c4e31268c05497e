select
    r.oid::int8 as oid,
    r.rulename as name,
    r.ev_class::int8 as relation,
    r.ev_type as event,
    r.ev_enabled as enabled,
    r.is_instead as instead
from pg_catalog.pg_rewrite as r
where r.ev_class >= 16384
