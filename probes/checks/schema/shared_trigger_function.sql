-- bad: one function, two tables, other events
create function story.f() returns trigger language plpgsql as 'begin return new; end';
create table story.a (id bigint primary key);
create table story.b (id bigint primary key);
create trigger touched before update on story.a for each row execute function story.f();
create trigger made before insert on story.b for each row execute function story.f();
-- expect: table story.a
-- expect: table story.b
-- repaired
drop trigger made on story.b;

-- near miss: two triggers of one table, and the copies of a partition
create function story.f() returns trigger language plpgsql as 'begin return new; end';
create table story.t (id bigint) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create trigger one after insert on story.t for each row execute function story.f();
create trigger two after update on story.t for each row execute function story.f();

-- near miss: the same trigger wherever rows tell when they changed
create function story.touch() returns trigger language plpgsql as 'begin return new; end';
create table story.a (id bigint primary key);
create table story.b (id bigint primary key);
create trigger touched before update on story.a for each row execute function story.touch();
create trigger touched before update on story.b for each row execute function story.touch();
