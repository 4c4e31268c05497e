-- bad: literally true
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy open_door on story.notes for delete using (true);
grant usage on schema story to public;
grant select, delete on story.notes to public;
-- expect: policy story.notes.open_door
-- repaired
alter policy open_door on story.notes using (writer = current_user);

-- bad: constants that come to true
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy two_is_two on story.notes for insert with check (2 = 2);
create policy or_true on story.notes for update using (writer = current_user or true)
    with check (writer = current_user);
grant usage on schema story to public;
grant insert, update on story.notes to public;
-- expect: policy story.notes.two_is_two
-- expect: policy story.notes.or_true
-- repaired
alter policy two_is_two on story.notes with check (writer = current_user);
alter policy or_true on story.notes using (writer = current_user);

-- bad: a column compared with itself, and a key that is not null anyway
create table story.notes (tenant_id bigint not null, id bigint primary key);
alter table story.notes enable row level security;
create policy itself on story.notes for update using (tenant_id = tenant_id);
create policy present on story.notes for delete using (id is not null);
grant usage on schema story to public;
grant update, delete on story.notes to public;
-- expect: policy story.notes.itself
-- expect: policy story.notes.present
-- repaired
alter policy itself on story.notes using (tenant_id = current_setting('app.tenant', true)::bigint);
alter policy present on story.notes using (tenant_id = current_setting('app.tenant', true)::bigint);

-- bad: rows of one's own may be given away to anybody
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy giveaway on story.notes for update using (writer = current_user) with check (true);
grant usage on schema story to public;
grant select, update on story.notes to public;
-- expect: policy story.notes.giveaway
-- repaired
alter policy giveaway on story.notes with check (writer = current_user);

-- bad: for all commands, on a partitioned table, for a role
create role story_always_true_app login;
create table story.notes (id bigint not null, writer text) partition by range (id);
alter table story.notes enable row level security;
create policy everything on story.notes to story_always_true_app using (1 = 1);
grant usage on schema story to story_always_true_app;
grant select, insert on story.notes to story_always_true_app;
-- expect: policy story.notes.everything
-- repaired
alter policy everything on story.notes using (writer = current_user);
-- cleanup
drop owned by story_always_true_app;
drop role story_always_true_app;

-- bad: two policies that leave nothing out between them
create table story.notes (id bigint primary key, is_shared boolean not null, writer text);
alter table story.notes enable row level security;
create policy shared on story.notes for delete using (is_shared);
create policy not_shared on story.notes for delete using (not is_shared);
grant usage on schema story to public;
grant delete on story.notes to public;
-- expect: table story.notes
-- repaired
alter policy not_shared on story.notes using (not is_shared and writer = current_user);

-- near miss: everybody reads
create table story.currencies (code text primary key);
alter table story.currencies enable row level security;
create policy everyone_reads on story.currencies for select using (true);
grant usage on schema story to public;
grant select, insert, update, delete on story.currencies to public;

-- near miss: for all commands, but the role may only read
create table story.currencies (code text primary key);
alter table story.currencies enable row level security;
create policy everyone on story.currencies using (true);
grant usage on schema story to public;
grant select on story.currencies to public;

-- near miss: restrictive; and permissive under a restrictive one
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy base on story.notes using (true);
create policy own on story.notes as restrictive using (writer = current_user);
create table story.drafts (id bigint primary key, writer text);
alter table story.drafts enable row level security;
create policy own on story.drafts using (writer = current_user);
create policy window_open on story.drafts as restrictive using (true);
grant usage on schema story to public;
grant select, insert, update, delete on story.notes, story.drafts to public;

-- near miss: without WITH CHECK the USING expression holds for new rows
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = current_user);
grant usage on schema story to public;
grant select, insert, update, delete on story.notes to public;

-- near miss: IS NOT NULL says something about a column that may be null
create table story.notes (id bigint primary key, published_at timestamptz);
alter table story.notes enable row level security;
create policy published on story.notes for update using (published_at is not null);
grant usage on schema story to public;
grant select, update on story.notes to public;

-- near miss, server >= 18: the constraint is not proved
create table story.notes (id bigint, tenant_id bigint);
alter table story.notes add constraint tenant_there not null tenant_id not valid;
alter table story.notes enable row level security;
create policy present on story.notes for update using (tenant_id is not null);
grant usage on schema story to public;
grant select, update on story.notes to public;

-- near miss: for a role that nobody can become
create role story_always_true_upkeep nologin;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create policy upkeep on story.notes to story_always_true_upkeep using (true);
grant usage on schema story to story_always_true_upkeep;
grant select, delete on story.notes to story_always_true_upkeep;
-- cleanup
drop owned by story_always_true_upkeep;
drop role story_always_true_upkeep;
