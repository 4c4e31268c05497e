-- Every foreign key has four internal triggers: only one that was switched off says anything.
select
    t.oid::int8 as oid,
    t.tgname as name,
    t.tgrelid::int8 as relation,
    t.tgfoid::int8 as function,
    t.tgtype::int4 as type_bits,
    t.tgenabled as enabled,
    t.tgisinternal as is_internal,
    t.tgconstraint::int8 as constraint,
    t.tgparentid::int8 as parent,
    t.tgattr::int2[] as columns,
    t.tgqual is not null as has_condition,
    t.tgdeferrable as deferrable,
    t.tginitdeferred as initially_deferred,
    t.tgoldtable as old_table,
    t.tgnewtable as new_table
from pg_catalog.pg_trigger as t
where t.tgrelid >= 16384 and (not t.tgisinternal or t.tgenabled <> 'O')
