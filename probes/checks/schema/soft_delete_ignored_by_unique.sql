-- bad: a constraint and an index that count deleted rows
create table story.users (id bigint primary key, email text constraint users_email_key unique, deleted_at timestamptz);
create table story.tags (id bigint primary key, "Name" text, is_deleted boolean not null default false);
create unique index tags_name_idx on story.tags ("Name");
insert into story.users values (1, 'a', now()), (2, 'b', null);
-- expect: constraint story.users.users_email_key
-- expect: index story.tags.tags_name_idx

-- near miss: the key knows of it, is referenced, is generated, or there is no such mark
create table story.users (id bigint primary key, email text, code text unique, token text unique, deleted_at timestamptz);
create unique index on story.users (email) where deleted_at is null;
create unique index on story.users (email, deleted_at);
create table story.notes (id bigint primary key, code text references story.users (code), deleted_at text unique);
create table story.files (id bigint primary key, path text unique, deleted_at timestamptz not null, other uuid unique);
