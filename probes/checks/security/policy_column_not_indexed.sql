-- bad: no index, or the column stands second
-- at: min_rows = 0
create table story.notes (id bigint primary key, tenant_id bigint not null, is_open boolean);
create index on story.notes (id, tenant_id);
alter table story.notes enable row level security;
create policy own on story.notes using (tenant_id = (select current_setting('app.tenant')::bigint) and is_open);
create table story.visits (id bigint, visitor text) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
alter table story.visits enable row level security;
create policy own on story.visits using (current_user = visitor);
-- expect: policy story.notes.own
-- expect: policy story.visits.own

-- near miss: an index begins with it; one of two columns has one; it depends on the row; inside OR
-- at: min_rows = 0
create table story.notes (tenant_id bigint, id bigint, team text, writer text, primary key (tenant_id, id));
alter table story.notes enable row level security;
create policy own on story.notes using (tenant_id = (select current_setting('app.tenant')::bigint));
create policy two on story.notes for select using (tenant_id = 1 and team = 'a');
create policy itself on story.notes for delete using (writer = team);
create policy either on story.notes for update using (writer = current_user or team = 'a');

-- near miss: a small table
create table story.notes (id bigint primary key, tenant_id bigint);
alter table story.notes enable row level security;
create policy own on story.notes using (tenant_id = 1);
