-- bad: a bare unique index of our own
create table story.parent (id bigint primary key, code text not null);
create unique index "Parent code" on story.parent (code);
create table story.child (id bigint primary key, code text constraint child_fk references story.parent (code));
-- expect: constraint story.child.child_fk

-- bad: a table of the platform
create schema auth;
create table auth.users (id bigint primary key, email text unique);
create table story.child (id bigint primary key, email text constraint child_fk references auth.users (email));
-- expect: constraint story.child.child_fk
-- repaired
alter table story.child drop constraint child_fk;
alter table story.child add column user_id bigint references auth.users;

-- near miss: primary keys and unique constraints
create schema auth;
create table auth.users (id bigint primary key);
create table story.parent (id bigint primary key references auth.users, code text unique);
create table story.child (id bigint primary key references story.parent, code text references story.parent (code));
