-- bad: nothing else in it
create table story.t (id bigint primary key, done boolean not null, at timestamptz);
create index t_done_idx on story.t (done);
-- expect: index story.t.t_done_idx

-- bad: it comes first
create table story.t (id bigint primary key, done boolean, at timestamptz);
create index t_done_idx on story.t (done, at);
-- expect: index story.t.t_done_idx
-- repaired
create index on story.t (at) where not done;
drop index story.t_done_idx;

-- near miss: last, in a predicate, unique
create table story.t (id bigint primary key, done boolean, at timestamptz);
create index on story.t (at, done);
create index on story.t (done) where done;
create unique index on story.t (done, id);
