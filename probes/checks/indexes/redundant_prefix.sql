-- bad: one column that begins two
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_ab_idx on story.t (a, b);
-- expect: index story.t.t_a_idx

-- bad: the wide one includes what the narrow one lacks
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_a_with_b_idx on story.t (a) include (b);
-- expect: index story.t.t_a_idx

-- bad: what one includes is a key of the other
create table story.t (id bigint primary key, a int, b int);
create index t_ab_idx on story.t (a, b);
create index t_a_with_b_idx on story.t (a) include (b);
-- expect: index story.t.t_a_with_b_idx

-- bad: the primary key begins with the column, here in the opposite order
create table story.t (a int, b int, primary key (a, b));
create index t_a_idx on story.t (a desc);
-- expect: index story.t.t_a_idx

-- bad: expressions agree one by one
create table story.t (id bigint primary key, a text, b text);
create index "narrow, (one)" on story.t (lower(a));
create index t_wide_idx on story.t (lower(a), coalesce(b, 'x, y'));
-- expect: index story.t.narrow, (one)

-- bad: a partitioned index, once
create table story.t (id bigint, a int, b int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create index t_a_idx on story.t (a);
create index t_ab_idx on story.t (a, b);
-- expect: index story.t.t_a_idx

-- bad: of two wide ones that are alike the one is named that stays
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create unique index t_later_idx on story.t (a, b);
create index t_ab_idx on story.t (a, b);
-- expect: index story.t.t_a_idx

-- near miss: it repeats another index, which indexes/duplicate tells
create table story.t (id bigint primary key, a int, b int);
create unique index t_a_key on story.t (a);
create index t_a_idx on story.t (a);
create index t_ab_idx on story.t (a, b);

-- near miss: the narrow one guards uniqueness
create table story.t (id bigint primary key, a int, b int);
create unique index on story.t (a);
create index on story.t (a, b);
create index on story.t (id, b);

-- near miss: another predicate
create table story.t (id bigint primary key, a int, b int);
create index on story.t (a) where b > 0;
create index on story.t (a, b);

-- near miss: other expressions, another order, another method
create table story.t (id bigint primary key, a text, b text);
create index on story.t (lower(a));
create index on story.t (upper(a), b);
create index on story.t (b desc nulls last, a);
create index on story.t (b, lower(a));
create index on story.t using hash (a);
create index on story.t (a, id);

-- near miss: it includes a column that the wide one does not have
create table story.t (id bigint primary key, a int, b int, c int);
create index on story.t (a) include (c);
create index on story.t (a, b);

-- near miss, counters >= 30: the wide one is never used and to go itself
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_ab_idx on story.t (a, b);
insert into story.t select i, i, i from generate_series(1, 100) as i;
-- then
set enable_seqscan = off;
set enable_indexonlyscan = off;
drop index story.t_ab_idx;
select * from story.t where a = 5;
create index t_ab_idx on story.t (a, b);

-- near miss, counters >= 30: of two covers of a foreign key the one that stays is not called redundant as well
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index child_parent_idx on story.child (parent_id);
create index child_parent_id_idx on story.child (parent_id, id);
insert into story.parent values (1);
insert into story.child values (1, 1);

-- bad, counters >= 30: the wide one is used
create table story.t (id bigint primary key, a int, b int);
create index t_ab_idx on story.t (a, b);
insert into story.t select i, i, i from generate_series(1, 100) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5 and b = 5;
create index t_a_idx on story.t (a);
-- expect: index story.t.t_a_idx
