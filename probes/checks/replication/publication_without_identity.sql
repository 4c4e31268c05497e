-- bad: no key, a key that could serve, identity nothing
create table story.imports (id int, line text);
create table story.codes (code text not null unique);
create table story.notes (id int primary key);
alter table story.notes replica identity nothing;
create publication story_pub for table story.imports, story.codes, story.notes;
-- expect: table story.imports
-- expect: table story.codes
-- expect: table story.notes

-- bad, server >= 15: by schema, and a partition by its root
create table story.visits (id int) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
create schema shop;
create table shop.goods (id int);
create publication story_pub for table story.visits;
create publication shop_pub for tables in schema shop;
-- expect: table story.visits_1
-- expect: table shop.goods

-- bad: all tables
create table story.imports (id int);
create publication story_pub for all tables;
-- expect: table story.imports

-- near miss: a key, the whole row, an index, inserts only, unlogged, not published
create table story.notes (id int primary key);
create table story.lines (id int);
alter table story.lines replica identity full;
create table story.codes (code text not null unique);
alter table story.codes replica identity using index codes_code_key;
create table story.events (id int);
create table story.other (id int);
create publication story_pub for table story.notes, story.lines, story.codes;
create publication story_new for table story.events with (publish = 'insert');
