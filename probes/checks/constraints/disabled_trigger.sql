-- bad: a user's trigger
create table story."T" (id bigint primary key);
create function story.f() returns trigger language plpgsql as 'begin return new; end';
create trigger "Audit" before insert on story."T" for each row execute function story.f();
alter table story."T" disable trigger "Audit";
-- expect: trigger story.T.Audit

-- bad: the foreign keys' own triggers
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
alter table story.child disable trigger all;
-- expect: table story.child

-- bad: of a partitioned table, and for replication only
create table story.t (id bigint) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
create function story.f() returns trigger language plpgsql as 'begin return null; end';
create trigger audit after insert on story.t for each row execute function story.f();
create trigger counted after insert on story.t for each row execute function story.f();
alter table story.t disable trigger audit;
alter table story.t_1 disable trigger audit;
alter table story.t_1 enable replica trigger counted;
-- expect: trigger story.t.audit
-- expect: trigger story.t_1.counted

-- near miss: enabled, and always
create table story.parent (id bigint primary key);
create table story.t (id bigint primary key, parent_id bigint references story.parent);
create function story.f() returns trigger language plpgsql as 'begin return new; end';
create trigger audit before insert on story.t for each row execute function story.f();
create trigger counted before insert on story.t for each row execute function story.f();
alter table story.t enable always trigger counted;
