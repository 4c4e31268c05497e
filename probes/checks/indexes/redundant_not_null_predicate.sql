-- bad: the column is NOT NULL
create table story."T" (id bigint primary key, "A" int not null, b int);
create index "Idx" on story."T" ("A", b) where "A" is not null;
create unique index t_both_idx on story."T" (b) where "A" is not null and id is not null;
-- expect: index story.T.Idx
-- expect: index story.T.t_both_idx

-- bad: on an expression, for which no SQL is written
create table story.t (id bigint primary key, a text not null);
create index t_idx on story.t (lower(a)) where a is not null;
-- expect: index story.t.t_idx
-- repaired
create index on story.t (lower(a));
drop index story.t_idx;

-- near miss: the column may be null, or there is more to the predicate
create table story.t (id bigint primary key, a int, b int not null);
create index on story.t (a) where a is not null;
create index on story.t (b) where b is not null and a > 5;
create index on story.t (b) where b is not null or a > 5;
