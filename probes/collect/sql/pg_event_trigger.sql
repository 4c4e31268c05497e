select
    t.oid::int8 as oid,
    t.evtname as name,
    t.evtevent as event,
    t.evtowner::int8 as owner,
    t.evtfoid::int8 as function,
    t.evtenabled as enabled,
    t.evttags as tags
from pg_catalog.pg_event_trigger as t
