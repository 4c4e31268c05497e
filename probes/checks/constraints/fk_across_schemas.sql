-- bad: two schemas
create schema story_other;
create table story_other.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint constraint child_parent_fk references story_other.parent);
-- expect: constraint story.child.child_parent_fk
-- repaired
alter table story_other.parent set schema story;

-- near miss: one schema, and equal names of constraints in two
create schema story_other;
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint constraint child_parent_fk references story.parent);
create table story_other.parent (id bigint primary key);
create table story_other.child (id bigint primary key, parent_id bigint constraint child_parent_fk references story_other.parent);
