-- bad, server >= 18: a foreign key and a check
create table story.parent (id bigint primary key);
create table story."Child" (
    id bigint primary key,
    parent_id bigint constraint child_parent_fk references story.parent not enforced,
    price int constraint "price is > 0" check (price > 0) not enforced
);
insert into story.parent values (1);
insert into story."Child" values (1, 1, 10);
-- expect: constraint story.Child.child_parent_fk
-- expect: constraint story.Child.price is > 0

-- near miss, server >= 18: enforced, if not validated
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint, price int check (price > 0));
alter table story.child add foreign key (parent_id) references story.parent not valid;
