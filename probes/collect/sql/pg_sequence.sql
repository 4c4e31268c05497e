select
    s.seqrelid::int8 as relation,
    s.seqtypid::int8 as type,
    s.seqstart as start,
    s.seqincrement as increment,
    s.seqmin as minimum,
    s.seqmax as maximum,
    s.seqcache as cache,
    s.seqcycle as cycle
from pg_catalog.pg_sequence as s
where s.seqrelid >= 16384
