-- bad: the wrong column
create table story.t (id bigint primary key, parent_id bigint, constraint t_parent_fk foreign key (id) references story.t (id));
-- expect: constraint story.t.t_parent_fk

-- near miss: a tree, and a tree within a tenant
create table story.t (id bigint primary key, parent_id bigint references story.t);
create table story.u (tenant int, id bigint, parent_id bigint, primary key (tenant, id), foreign key (tenant, parent_id) references story.u);
