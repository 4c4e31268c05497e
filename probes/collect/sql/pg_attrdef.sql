-- `plain_sequence` says that the default is nextval() of a constant and nothing more, possibly cast implicitly: its
-- text follows from the dependency on the sequence, and thousands of them need no deparsing.
select
    d.oid::int8 as oid,
    d.adrelid::int8 as relation,
    d.adnum::int4 as column,
    pg_catalog.md5(d.adbin::text) as digest,
    pg_catalog.starts_with(d.adbin::text, '{FUNCEXPR :funcid')
    and d.adbin::text
        ~ '^({FUNCEXPR :funcid (480|314) [^{]*:funcformat 2 [^{]*)?{FUNCEXPR :funcid 1574 [^{]*{CONST [^{]*$'
        as plain_sequence
from pg_catalog.pg_attrdef as d
where d.oid >= 16384
