-- bad: the name of a function
create table story."T" (id bigint primary key, "Handler" regproc, space regnamespace);
insert into story."T" values (1, 'now', 'story');
-- expect: column story.T.Handler
-- expect: column story.T.space

-- bad: in an array, a domain and a composite
create domain story.handler as regprocedure;
create type story.pair as (a int, b regconfig);
create table story.t (id bigint primary key, a regproc[], b story.handler, c story.pair);
-- expect: column story.t.a
-- expect: column story.t.b
-- expect: column story.t.c
-- repaired
alter table story.t drop column a, drop column b, drop column c;

-- bad, server < 16: aclitem
create table story.t (id bigint primary key, a aclitem);
-- expect: column story.t.a
-- repaired
alter table story.t drop column a;

-- near miss: the three that are carried over, and a type that nobody stores
create type story.pair as (a int, b regconfig);
create table story.t (id bigint primary key, a regclass, b regrole, c regtype, d text);
create view story.v as select 'now'::regproc as p;
