-- bad: thirty-six characters
create table story."T" ("Id" varchar(36) constraint t_pk primary key);
insert into story."T" values ('6f1b1f0e-61a4-4a55-8b62-9a3d6d6a7f01');
-- expect: constraint story.T.t_pk

-- bad: referenced, so several tables change together
create table story.t (id char(32) constraint t_pk primary key);
create table story.child (id bigint primary key, t_id char(32) references story.t);
-- expect: constraint story.t.t_pk
-- repaired
alter table story.child drop constraint child_t_id_fkey;
alter table story.t alter id type uuid using id::uuid;
alter table story.child alter t_id type uuid using t_id::uuid;
alter table story.child add foreign key (t_id) references story.t;

-- near miss: another length, a uuid, and a column outside the key
create table story.t (code varchar(20) primary key, token varchar(36));
create table story.u (id uuid primary key);

-- near miss: a version and a digest are as long
create table story.versions (version_num varchar(32) primary key);
create table story.files (digest char(32) primary key, "paid" varchar(36));
