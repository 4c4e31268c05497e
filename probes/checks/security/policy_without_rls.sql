-- bad: written, never switched on
create table story.notes (id bigint primary key, writer text);
create policy own on story.notes using (writer = current_user);
create policy others on story.notes for select using (true);
-- expect: policy story.notes.own
-- expect: policy story.notes.others

-- bad: a partitioned table
create table story.visits (id bigint, visitor text) partition by range (id);
create policy own on story.visits using (visitor = current_user);
-- expect: policy story.visits.own

-- near miss: in force
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = current_user);
