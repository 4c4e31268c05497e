-- bad: dropped and added again and again
do $$
begin
    create table story.t (id bigint primary key);
    for i in 1..1290 loop
        execute format('alter table story.t add column c%s int', i);
        execute format('alter table story.t drop column c%s', i);
    end loop;
end
$$;
-- expect: table story.t
-- repaired
create table story.copy (id bigint primary key);
drop table story.t;
alter table story.copy rename to t;

-- near miss: a few
create table story.t (id bigint primary key, a int);
alter table story.t drop column a;
