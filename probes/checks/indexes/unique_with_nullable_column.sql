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

-- near miss: what the predicate and the checks prove, and a view that only wants to be refreshed
create table story.members (
    id bigint primary key, kind int not null, list_id int not null, user_id int, group_id int, label text, seat int,
    check (kind <> 1 or (group_id is null and user_id is not null)),
    check (kind <> 2 or (user_id is null and group_id is not null)),
    check (seat is not null)
);
create unique index on story.members (user_id, list_id) where kind = 1;
create unique index on story.members (group_id, list_id) where kind = 2;
create unique index on story.members (label, list_id) where trim(label) <> '';
create unique index on story.members (list_id, seat);
create materialized view story.seats as select list_id, seat, label from story.members;
create unique index on story.seats (list_id, label);

-- bad, server >= 15: the predicate is about another kind than the check
create table story.members (
    id bigint primary key, kind int not null, list_id int not null, user_id int,
    check (kind <> 1 or user_id is not null)
);
create unique index members_idx on story.members (user_id, list_id) where kind = 2;
-- expect: index story.members.members_idx
-- repaired
alter table story.members alter user_id set not null;
