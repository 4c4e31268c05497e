-- bad: padded
create table story.t (id bigint primary key, "Grade" char(5) not null default 'x');
insert into story.t values (1, 'ab');
-- expect: column story.t.Grade

-- near miss: one character, the internal type, varchar
create table story.t (id bigint primary key, kind char, flag "char", code varchar(5), name bpchar);
