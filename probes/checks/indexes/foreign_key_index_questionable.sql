-- bad: a subset, a gap, and an included column
create table story.parent (a int, b int, primary key (a, b));
create table story.one (id bigint primary key, a int, b int, constraint one_fk foreign key (a, b) references story.parent);
create index on story.one (a);
create table story.two (id bigint primary key, a int, b int, constraint two_fk foreign key (a, b) references story.parent);
create index on story.two (a, id, b);
create table story.three (id bigint primary key, a int, b int, constraint three_fk foreign key (a, b) references story.parent);
create index on story.three (a) include (b);
-- expect: constraint story.one.one_fk
-- expect: constraint story.two.two_fk
-- expect: constraint story.three.three_fk

-- bad: a partitioned table
create table story.parent (a int, b int, primary key (a, b));
create table story.child (a int, b int, constraint child_fk foreign key (a, b) references story.parent) partition by list (a);
create table story.child_1 partition of story.child for values in (1);
create index on story.child (b);
-- expect: constraint story.child.child_fk

-- near miss: a full index, and none at all
create table story.parent (a int, b int, primary key (a, b));
create table story.one (id bigint primary key, a int, b int, foreign key (a, b) references story.parent);
create index on story.one (b, a, id);
create table story.two (id bigint primary key, a int, b int, foreign key (a, b) references story.parent);
create index on story.two (id, a, b);
create index on story.two (a) where b > 5;
