-- bad: two columns, both nullable
create table story.parent (a int, b int, primary key (a, b));
create table story.child (id bigint primary key, a int, "B b" int, constraint child_fk foreign key (a, "B b") references story.parent);
insert into story.child values (1, null, null);
-- expect: constraint story.child.child_fk

-- near miss: an optional reference within a tenant
create table story.parent (tenant int, id int, primary key (tenant, id));
create table story.child (id bigint primary key, tenant int not null, parent_id int, foreign key (tenant, parent_id) references story.parent);

-- near miss: MATCH FULL, or a check that ties them
create table story.parent (a int, b int, primary key (a, b));
create table story.one (id bigint primary key, a int, b int, foreign key (a, b) references story.parent match full);
create table story.two (id bigint primary key, a int, b int, foreign key (a, b) references story.parent,
    check ((a is null) = (b is null)));
