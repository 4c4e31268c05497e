-- bad: what a mapper makes of a large object
create table story.t (id bigint primary key, document oid);
-- expect: column story.t.document
-- repaired
alter table story.t alter column document type bytea using null;

-- near miss: bytea, and a reg type that says what it refers to
create table story.t (id bigint primary key, document bytea, relation regclass);
