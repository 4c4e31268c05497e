-- bad: with the owner's rights
create function story.purge(older timestamptz) returns void language sql security definer as 'select 1';
-- expect: function story.purge

-- bad: in an index, a generated column, a check, a policy, a trigger
create function story.tidy(t text) returns text language sql immutable as 'select lower(t)';
create function story.twice(i int) returns int language plpgsql immutable as 'begin return 2 * i; end';
create function story.fits(i int) returns boolean language sql immutable as 'select i > 0';
create function story.mine(t text) returns boolean language sql stable as 'select t = current_user';
create function story.stamp() returns trigger language plpgsql as 'begin return new; end';
create table story.notes (
    id int primary key check (story.fits(id)), title text, doubled int generated always as (story.twice(id)) stored
);
create index on story.notes (story.tidy(title));
alter table story.notes enable row level security;
create policy own on story.notes using (story.mine(title));
create trigger stamp before update on story.notes for each row execute function story.stamp();
-- expect: function story.tidy
-- expect: function story.twice
-- expect: function story.fits
-- expect: function story.mine
-- expect: function story.stamp

-- near miss: its own path, or rights of its caller in a query, a view or a default only
create function story.purge(older timestamptz) returns void
    language sql security definer set search_path = pg_catalog, pg_temp as 'select 1';
create function story.label(t text) returns text language sql stable as 'select upper(t)';
create table story.notes (id int primary key, title text default story.label('x'));
create view story.labels as select story.label(title) as label from story.notes;

-- near miss, server >= 14: names bound when it was made
create function story.tidy(t text) returns text language sql immutable return lower(t);
create table story.notes (id int primary key, title text);
create index on story.notes (story.tidy(title));
