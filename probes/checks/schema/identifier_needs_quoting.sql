-- bad: a mapper's names
create table story."UserAccount" (id bigint primary key, "createdAt" timestamptz, "e-mail" text, "2nd" int);
insert into story."UserAccount" (id) values (1);
create view story."Active Users" as select id from story."UserAccount";
create function story."DoIt"(int) returns int language sql as 'select 1';
-- expect: table story.UserAccount
-- expect: column story.UserAccount.createdAt
-- expect: column story.UserAccount.e-mail
-- expect: column story.UserAccount.2nd
-- expect: view story.Active Users
-- expect: function story.DoIt
-- repaired
alter table story."UserAccount" rename to user_account;
alter table story.user_account rename column "createdAt" to created_at;
alter table story.user_account rename column "e-mail" to e_mail;
alter table story.user_account rename column "2nd" to second;
alter view story."Active Users" rename to active_users;
alter function story."DoIt" rename to do_it;

-- bad: a schema and a sequence
create schema "Other";
create sequence story."Numbers of us";
-- expect: schema Other
-- expect: sequence story.Numbers of us

-- bad: the plain name is taken
create table story.t (id bigint primary key, a int, "A" int);
-- expect: column story.t.A
-- repaired
alter table story.t rename column "A" to other_a;

-- near miss: plain, a reserved word, another script
create table story.t (id bigint primary key, created_at timestamptz, a$b int, _x int, größe int, "order" int);
