--: prelude
create schema other;
create function ftrg() returns trigger language plpgsql as $$ begin return new; end $$;
create function fvolatile() returns int volatile language plpgsql as $$ begin return 1; end $$;
create function fvolatile_inlined() returns int volatile language sql as $$ select 1 $$;
create function fstable() returns int stable language plpgsql as $$ begin return 1; end $$;
create function fimmutable(x int) returns int immutable language plpgsql as $$ begin return x; end $$;
create domain dom_plain as int;
create domain dom_default as int default 7;
create domain dom_check as int check (value >= 0);
create domain dom_text as text;
create type mood as enum ('low', 'high');
create type pair as (x int, y int);
create sequence sq;
create table p (id int primary key, k int unique, n text);
insert into p select i, i, i::text from generate_series(1, 50) as i;
