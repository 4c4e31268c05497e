-- bad: frozen long ago, as the catalog says it
create table story."T" (id bigint primary key) with (autovacuum_enabled = off);
create table story.u (id bigint primary key, body text) with (autovacuum_enabled = off);
update pg_catalog.pg_class
set relfrozenxid = ((txid_current() - 600000000 + 4294967296) % 4294967296)::text::xid
where oid = 'story."T"'::regclass
    or oid = (select reltoastrelid from pg_catalog.pg_class where oid = 'story.u'::regclass);
-- expect: table story.T
-- expect: table story.u

-- near miss: young, or within what the server allows
create table story.t (id bigint primary key);
create table story.u (id bigint primary key) with (autovacuum_enabled = off);
update pg_catalog.pg_class
set relfrozenxid = ((txid_current() - 190000000 + 4294967296) % 4294967296)::text::xid
where oid = 'story.u'::regclass;
