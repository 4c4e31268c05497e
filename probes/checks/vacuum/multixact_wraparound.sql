-- bad: as the catalog says it
create table story."T" (id bigint primary key) with (autovacuum_enabled = off);
update pg_catalog.pg_class
set relminmxid = (((relminmxid::text::bigint - 600000000) + 4294967296) % 4294967296)::text::xid
where oid = 'story."T"'::regclass;
-- expect: table story.T

-- near miss: young
create table story.t (id bigint primary key);
