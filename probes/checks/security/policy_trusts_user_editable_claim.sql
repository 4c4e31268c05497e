-- bad: a claim of the token
create table story.notes (tenant_id text, id bigint primary key);
alter table story.notes enable row level security;
create policy own on story.notes using (
    tenant_id = (select current_setting('request.jwt.claims', true)::jsonb -> 'user_metadata' ->> 'tenant')
);
create policy path on story.notes for select using (
    tenant_id = (select current_setting('request.jwt.claims', true)::jsonb #>> '{user_metadata,tenant}')
);
-- expect: policy story.notes.own
-- expect: policy story.notes.path
-- repaired
drop policy path on story.notes;
alter policy own on story.notes using (
    tenant_id = (select current_setting('request.jwt.claims', true)::jsonb -> 'app_metadata' ->> 'tenant')
);

-- near miss: a claim that only the service writes, and a name that merely resembles
create table story.notes (tenant_id text, id bigint primary key, superuser_metadatas text);
alter table story.notes enable row level security;
create policy own on story.notes using (
    tenant_id = (select current_setting('request.jwt.claims', true)::jsonb -> 'app_metadata' ->> 'tenant')
    and superuser_metadatas = ''
);
