-- bad: the same twice
create table story.parent (id bigint primary key, region int, unique (id, region));
create table story."Child" (
    id bigint primary key, parent_id bigint, region int,
    constraint first_fk foreign key (parent_id) references story.parent (id),
    constraint "second fk" foreign key (parent_id) references story.parent (id),
    constraint pair_fk foreign key (parent_id, region) references story.parent (id, region),
    constraint pair_again_fk foreign key (region, parent_id) references story.parent (region, id)
);
-- expect: constraint story.Child.second fk
-- expect: constraint story.Child.pair_again_fk

-- bad: the one that is valid stays
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint);
alter table story.child add constraint first_fk foreign key (parent_id) references story.parent not valid;
alter table story.child add constraint second_fk foreign key (parent_id) references story.parent on delete cascade;
-- expect: constraint story.child.first_fk

-- near miss: two columns to one table, one column to two
create table story.parent (id bigint primary key, other bigint unique);
create table story.else_where (id bigint primary key);
create table story.child (
    id bigint primary key references story.else_where, buyer bigint references story.parent (id),
    seller bigint references story.parent (id), extra bigint references story.parent (other),
    foreign key (buyer) references story.else_where (id)
);
