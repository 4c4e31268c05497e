-- bad: integer to bigint
create table story.parent (id bigint primary key);
create table story."Child" (id bigint primary key, "parent id" int constraint child_fk references story.parent);
insert into story.parent values (1);
insert into story."Child" values (1, 1);
create index on story."Child" ("parent id");
-- expect: constraint story.Child.child_fk

-- bad: varchar to text, and two lengths
create table story.currency (code text primary key);
create table story.country (code varchar(20) primary key);
create table story.child (
    id bigint primary key,
    currency varchar(3) constraint child_currency_fk references story.currency,
    country varchar(10) constraint child_country_fk references story.country
);
-- expect: constraint story.child.child_currency_fk
-- expect: constraint story.child.child_country_fk

-- bad: a partitioned table, once
create table story.parent (id bigint primary key);
create table story.child (id bigint, parent_id int constraint child_fk references story.parent) partition by range (id);
create table story.child_1 partition of story.child for values from (0) to (10);
-- expect: constraint story.child.child_fk

-- near miss: two columns that differ only crosswise
create table story.parent (id int, code text, primary key (id, code));
create table story.child (id bigint primary key, code text, parent_id int);
alter table story.child add foreign key (parent_id, code) references story.parent (id, code);

-- near miss: a domain over the same type
create domain story.key as bigint;
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id story.key references story.parent);
