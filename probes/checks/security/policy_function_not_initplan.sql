-- bad: a setting read for every row
create table story.notes (tenant_id bigint not null, id bigint primary key);
alter table story.notes enable row level security;
create policy own on story.notes using (tenant_id = current_setting('app.te(''nant', true)::bigint)
    with check (tenant_id = current_setting('app.tenant')::bigint);
-- expect: policy story.notes.own

-- bad: one call is wrapped, another is not
create function story.uid() returns text language sql stable as 'select current_user::text';
create table story.notes (id bigint primary key, writer text, reader text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = (select story.uid()) or reader = story.uid());
-- expect: policy story.notes.own

-- bad: inside a subquery that runs for every row
create function story."Who am I"() returns text language sql stable as 'select current_user::text';
create table story.notes (id bigint primary key, team text);
create table story.members (team text, member text);
alter table story.notes enable row level security;
create policy team on story.notes using (
    exists (select from story.members as m where m.team = notes.team and m.member = story."Who am I"())
);
-- expect: policy story.notes.team

-- near miss: it runs once
create function story.uid() returns text language sql stable as 'select current_user::text';
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = (select story.uid()));
create policy named on story.notes for select using (writer = (select current_setting('app.user', true)));
create policy plain on story.notes for delete using (writer = current_user);

-- near miss: it needs the row, or is immutable
create function story.tidy(t text) returns text language sql stable as 'select lower(t)';
create function story.one() returns bigint language sql immutable as 'select 1::bigint';
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (story.tidy(writer) = current_user and id > story.one());
