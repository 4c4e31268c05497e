-- `plain_sequence` says that the default is nextval() of a constant and nothing more, possibly cast implicitly: its
-- text follows from the dependency on the sequence, and thousands of them need no deparsing.
select
    d.oid::int8 as oid,
    d.adrelid::int8 as relation,
    d.adnum::int4 as column,
    pg_catalog.md5(d.adbin::text) as digest,
    d.adbin::text like '{FUNCEXPR :funcid 1574 %'
    or d.adbin::text like '{FUNCEXPR :funcid 480 %:funcformat 2 %:args ({FUNCEXPR :funcid 1574 %'
    or d.adbin::text like '{FUNCEXPR :funcid 314 %:funcformat 2 %:args ({FUNCEXPR :funcid 1574 %' as plain_sequence
from pg_catalog.pg_attrdef as d
where d.oid >= 16384
