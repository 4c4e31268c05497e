-- bad: it stands alone
create table story.t (id bigint primary key, other_id bigint);
-- expect: table story.t
-- repaired
create table story.other (id bigint primary key);
alter table story.t add foreign key (other_id) references story.other;

-- near miss: one side and the other, in two schemas
create schema story_other;
create table story_other.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story_other.parent);
