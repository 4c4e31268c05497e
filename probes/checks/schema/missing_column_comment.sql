-- bad: one of two
create table story.t (id bigint primary key, a int);
comment on column story.t.id is 'A number.';
-- expect: table story.t
-- repaired
comment on column story.t.a is 'In metres.';

-- near miss: all of them
create table story.t (id bigint primary key, a int);
comment on column story.t.id is 'A number.';
comment on column story.t.a is 'In metres.';
