-- bad: an integer among bigints
create table story.a (id bigint primary key, account_no bigint);
create table story.b (id bigint primary key, account_no bigint);
create table story.c (id bigint primary key, account_no bigint);
create table story."D" (id bigint primary key, account_no int);
insert into story."D" values (1, 5);
-- expect: column story.D.account_no

-- near miss: three tables, no clear majority, general names, lengths
create table story.a (id bigint primary key, x bigint, y int, name text, title varchar(10));
create table story.b (id bigint primary key, x bigint, y int, name text, title varchar(20));
create table story.c (id bigint primary key, x int, y text, name text, title varchar(30));
create table story.d (id int primary key, y text, name int, title varchar(40));
