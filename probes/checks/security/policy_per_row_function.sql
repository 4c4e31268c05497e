-- bad: volatile, or procedural on a column
create function story.allowed(tenant bigint) returns boolean language plpgsql stable as 'begin return true; end';
create function story.me() returns text language sql as 'select current_user::text';
create table story.notes (tenant_id bigint, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (story.allowed(tenant_id));
create policy mine on story.notes for select using (writer = story.me());
-- expect: policy story.notes.own
-- expect: policy story.notes.mine
-- repaired
alter policy own on story.notes using (tenant_id = (select current_setting('app.tenant')::bigint));
alter policy mine on story.notes using (writer = (select story.me()));

-- near miss: it runs once, or the planner can inline it
create function story.allowed() returns bigint[] language plpgsql stable as 'begin return array[1]; end';
create function story.same(tenant bigint) returns boolean language sql stable as 'select tenant = 1';
create table story.notes (tenant_id bigint, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (tenant_id = any (array(select unnest(story.allowed()))));
create policy mine on story.notes for select using (story.same(tenant_id));
