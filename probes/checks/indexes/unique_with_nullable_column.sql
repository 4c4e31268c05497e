-- bad, server >= 15: an index and a constraint
create table story."T" (id bigint primary key, "A" int, b int not null, c int, constraint "Both" unique (b, c));
create unique index "One" on story."T" (b, "A" desc) include (id);
insert into story."T" values (1, 1, 1, 1);
-- expect: index story.T.One
-- expect: index story.T.Both

-- bad, server < 15: no SQL can be written before 15
create table story.t (id bigint primary key, a int, b int not null);
create unique index t_idx on story.t (b, a);
-- expect: index story.t.t_idx
-- repaired
alter table story.t alter a set not null;

-- near miss: NOT NULL, a predicate that says so, not unique
create table story.t (id bigint primary key, a int not null unique, b int, c int);
create unique index on story.t (b) where b is not null;
create index on story.t (b, c);

-- near miss, server >= 15: nulls count as equal
create table story.t (id bigint primary key, a int, unique nulls not distinct (a));
