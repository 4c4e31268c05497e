-- bad: any text
create table story.orders (id bigint primary key, status text not null default 'new', "paymentStatus" varchar(20));
-- expect: column story.orders.status
-- expect: column story.orders.paymentStatus
-- repaired
alter table story.orders add check (status in ('new', 'paid')), add check ("paymentStatus" in ('open', 'done'));

-- near miss: checked, an enum, a domain, a foreign key, an address, a code, far too many values
create type story.mood as enum ('sad', 'happy');
create domain story.state as text check (value in ('on', 'off'));
create table story.states (name text primary key);
create table story.orders (
    id bigint primary key, status text check (status in ('new', 'paid')), state story.mood, job_state story.state,
    ship_state text references story.states, status_code text
);
create table story.addresses (id bigint primary key, city text, state text);
create table story.imports (id bigint primary key, status text);
insert into story.imports select i, 'line ' || i from generate_series(1, 300) as i;
analyze story.imports;

-- near miss: what changed from what to what
create table story.order_status_changes (id bigint primary key, status text);
create table story.transitions (id bigint primary key, old_status text, new_status varchar(20));
