select
    i.inhrelid::int8 as child,
    i.inhparent::int8 as parent,
    i.inhseqno as position,
    i.inhdetachpending as detach_pending
from pg_catalog.pg_inherits as i
where i.inhrelid >= 16384
