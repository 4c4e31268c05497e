-- bad: whole units among cents
create table story.a (id bigint primary key, amount numeric(12, 2), fee numeric(12, 2), price numeric(10, 2));
create table story.b (id bigint primary key, amount numeric(10, 0));
insert into story.b values (1, 10);
-- expect: column story.b.amount

-- near miss: more decimals, no declared scale, too few to tell, and no amount
create table story.a (id bigint primary key, amount numeric(12, 2), fee numeric(12, 2), price numeric(10, 2));
create table story.b (id bigint primary key, unit_price numeric(12, 6), balance numeric, weight numeric(5, 1));

-- near miss: no scale is the usual one
create table story.a (id bigint primary key, amount numeric(12, 2), fee numeric(12, 2));
create table story.b (id bigint primary key, amount numeric(12, 0), fee numeric(12, 0));
