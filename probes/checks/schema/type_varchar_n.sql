-- bad: a limit
create table story.t (id bigint primary key, name varchar(20));
insert into story.t values (1, 'ab');
-- expect: column story.t.name

-- near miss: no limit, or a check
create table story.t (id bigint primary key, name varchar, title text check (length(title) <= 20));
