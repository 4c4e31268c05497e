-- bad: an exact twin; the older one stays
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_a_again_idx on story.t (a);
-- expect: index story.t.t_a_again_idx

-- bad: a unique index has a plain twin, and the primary key has one
create table story.t (id bigint primary key, a int);
create index t_id_idx on story.t (id);
create index t_a_idx on story.t (a);
create unique index t_a_key on story.t (a);
-- expect: index story.t.t_id_idx
-- expect: index story.t.t_a_idx

-- bad: two unique constraints on one column
create table story.t (id bigint primary key, a int, constraint t_a_key unique (a));
alter table story.t add constraint t_a_again_key unique (a);
-- expect: index story.t.t_a_again_key

-- bad: the index that a foreign key rests on is kept, though the other one is a constraint
create table story.t (id bigint primary key, a int);
create unique index t_a_plain on story.t (a);
create table story.child (a int references story.t (a));
alter table story.t add constraint t_a_key unique (a);
-- expect: index story.t.t_a_key

-- bad: told here and not by indexes/redundant_prefix, though a wider index begins with its keys as well
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_a_again_idx on story.t (a);
create index t_ab_idx on story.t (a, b);
-- expect: index story.t.t_a_again_idx

-- bad: the same index read backwards
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_a_desc_idx on story.t (a desc);
create index t_ab_idx on story.t (a, b);
create index t_ab_desc_idx on story.t (a desc, b desc);
-- expect: index story.t.t_a_desc_idx
-- expect: index story.t.t_ab_desc_idx

-- bad: expressions, predicates and included columns agree
create table story."T t" (id bigint primary key, name text, a int, b int);
create index "One" on story."T t" (lower(name), a) include (a, b) where a > 5;
create index "Two" on story."T t" (lower(name), a) include (b, a) where a > 5;
-- expect: index story.T t.Two

-- bad: a partitioned index is reported once
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create table story.t_2 partition of story.t for values from (10) to (20);
create index t_a_idx on story.t (a);
create index t_a_again_idx on story.t (a);
-- expect: index story.t.t_a_again_idx

-- bad: a foreign key rests on the copy of a primary key, so no SQL can be written
create table story.t (id bigint not null, constraint t_id_key unique (id));
create table story.child (id bigint constraint child_fk references story.t (id));
alter table story.t add primary key (id);
-- expect: index story.t.t_id_key
-- repaired
alter table story.child drop constraint child_fk;
alter table story.t drop constraint t_id_key;
alter table story.child add constraint child_fk foreign key (id) references story.t (id);

-- near miss: one direction differs
create table story.t (id bigint primary key, a int, b int);
create index on story.t (a, b);
create index on story.t (a, b desc);
create index on story.t (a nulls first, b);

-- near miss: operator class, collation, method, predicate
create table story.t (id bigint primary key, name text);
create index on story.t (name);
create index on story.t (name text_pattern_ops);
create index on story.t (name collate "C");
create index on story.t using hash (name);
create index on story.t (name) where name <> '';

-- near miss, server >= 15: nulls count as equal in one of two unique indexes
create table story.t (id bigint primary key, a int);
create unique index on story.t (a);
create unique index on story.t (a) nulls not distinct;

-- near miss: one of the twins is invalid
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
create index t_a_again_idx on story.t (a);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'story.t_a_again_idx'::pg_catalog.regclass;

-- near miss: names that begin alike, expressions that do not agree
create table story.t (id bigint primary key, name text, name_full text, c1 int, c10 int, a int, b text);
create index on story.t (name);
create index on story.t (name_full);
create index on story.t (c1);
create index on story.t (c10);
create index on story.t (a, lower(b));
create index on story.t (a, upper(b));

-- near miss: a deferrable constraint guards at another moment
create table story.t (id bigint primary key, a int, unique (a));
alter table story.t add unique (a) deferrable;
