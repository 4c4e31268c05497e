-- bad: money
create table story.t (id bigint primary key, fee money default 0);
insert into story.t values (1, 12.34);
-- expect: column story.t.fee

-- near miss: numeric, and a view that prints money
create table story.t (id bigint primary key, fee numeric(12, 2));
create view story.v as select fee::money as printed from story.t;
