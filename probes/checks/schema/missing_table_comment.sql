-- bad: none, and blanks
create table story.t (id bigint primary key, a int);
comment on column story.t.a is 'told';
create table story.u (id bigint primary key, a int);
comment on table story.u is ' ';
-- expect: table story.t
-- expect: table story.u
-- repaired
comment on table story.t is 'One row for each thing.';
comment on table story.u is 'One row for each other thing.';

-- near miss: told
create table story.t (id bigint primary key, a int);
comment on table story.t is 'One row for each thing.';
