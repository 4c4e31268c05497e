-- bad: the wide one always checks
create table story.parent (id bigint primary key, tenant int not null, unique (tenant, id));
create table story.child (
    id bigint primary key, tenant int not null, parent_id bigint not null,
    constraint narrow_fk foreign key (parent_id) references story.parent (id),
    constraint wide_fk foreign key (tenant, parent_id) references story.parent (tenant, id)
);
-- expect: constraint story.child.narrow_fk

-- bad: rows with nulls are left to the narrow one
create table story.parent (id bigint primary key, tenant int not null, unique (tenant, id));
create table story.child (
    id bigint primary key, tenant int, parent_id bigint,
    constraint narrow_fk foreign key (parent_id) references story.parent (id),
    constraint wide_fk foreign key (tenant, parent_id) references story.parent (tenant, id)
);
-- expect: constraint story.child.narrow_fk
-- repaired
alter table story.child alter tenant set not null, alter parent_id set not null, drop constraint narrow_fk;

-- near miss: two references within a tenant
create table story.parent (id bigint, tenant int, primary key (tenant, id));
create table story.child (
    id bigint primary key, tenant int not null, buyer bigint, seller bigint,
    foreign key (tenant, buyer) references story.parent, foreign key (tenant, seller) references story.parent
);
