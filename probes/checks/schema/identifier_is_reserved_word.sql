-- bad: a table, a column, a function, a schema
create schema "select";
create table story."order" (id bigint primary key, "user" text, "left" int);
create function story."coalesce"() returns int language sql as 'select 1';
-- expect: schema select
-- expect: table story.order
-- expect: column story.order.user
-- expect: column story.order.left
-- expect: function story.coalesce
-- repaired
alter schema "select" rename to chosen;
alter table story."order" rename to orders;
alter table story.orders rename column "user" to user_name;
alter table story.orders rename column "left" to left_over;
drop function story."coalesce"();

-- near miss: unreserved words, words that columns may have, capitals
create table story.orders (id bigint primary key, name text, value int, type text, status text, "ORDER" int, position int);
create function story."left"() returns int language sql as 'select 1';
