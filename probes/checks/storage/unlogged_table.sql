-- bad: a table, with its own sequence
create unlogged table story."Carts" (id bigint generated always as identity primary key, body text);
insert into story."Carts" (body) values ('x');
-- expect: table story.Carts

-- bad, server >= 15: a sequence that stands alone
create unlogged sequence story.numbers;
-- expect: sequence story.numbers

-- bad: one that references another
create unlogged table story.parent (id bigint primary key);
create unlogged table story.child (id bigint primary key, parent_id bigint references story.parent);
-- expect: table story.parent
-- expect: table story.child

-- near miss: logged, and temporary
create table story.t (id bigint primary key);
create temporary table scratch (id bigint);
