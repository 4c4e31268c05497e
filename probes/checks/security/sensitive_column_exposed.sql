-- bad: by a grant on the table, and by one on the column
create table story.accounts (id bigint primary key, "passwordHash" text, "Api_Key" text, password_hint text);
create table story.logins (id bigint primary key, reset_token text, name text);
grant usage on schema story to public;
grant select on story.accounts to public;
grant select (id, reset_token) on story.logins to public;
-- expect: table story.accounts
-- expect: table story.logins

-- near miss: another column is granted, row level security is on, the name only resembles
create table story.logins (id bigint primary key, reset_token text);
create table story.accounts (id bigint primary key, password text);
alter table story.accounts enable row level security;
create table story.bills (id bigint primary key, token_count int, secretary text, token_id int);
grant usage on schema story to public;
grant select (id) on story.logins to public;
grant select on story.accounts, story.bills to public;
