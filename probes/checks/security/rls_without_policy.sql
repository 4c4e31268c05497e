-- bad: granted, and closed
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
grant usage on schema story to public;
grant select on story.notes to public;
-- expect: table story.notes
-- repaired
create policy own on story.notes using (writer = current_user);

-- near miss: nobody has grants
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
grant usage on schema story to public;

-- near miss: a partition closed behind its root
create table story.visits (id bigint, visitor text) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
alter table story.visits enable row level security;
alter table story.visits_1 enable row level security;
create policy own on story.visits using (visitor = current_user);
grant usage on schema story to public;
grant select on story.visits, story.visits_1 to public;
