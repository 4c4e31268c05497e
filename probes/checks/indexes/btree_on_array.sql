-- bad: a list of tags
create table story."T" (id bigint primary key, "Tags" text[]);
create index "By tag" on story."T" ("Tags");
insert into story."T" values (1, '{a,b}');
-- expect: index story.T.By tag

-- bad: an array among other columns
create table story.t (id bigint primary key, at date, tags text[]);
create index t_idx on story.t (at, tags);
-- expect: index story.t.t_idx
-- repaired
create index on story.t using gin (tags);
drop index story.t_idx;

-- near miss: GIN, unique, only included
create table story.t (id bigint primary key, tags text[], path int[]);
create index on story.t using gin (tags);
create unique index on story.t (path);
create index on story.t (id) include (tags);
