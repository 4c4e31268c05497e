-- bad: a plain index does not help
create table story.payments (id bigint primary key, idempotency_key text not null, amount numeric);
create index on story.payments (idempotency_key);
create table story.transfers (id bigint primary key, "idempotencyKey" text, idempotency_key uuid);
insert into story.payments values (1, 'a', 1), (2, 'b', 1);
-- expect: column story.payments.idempotency_key
-- expect: column story.transfers.idempotencyKey
-- expect: column story.transfers.idempotency_key

-- near miss: unique with others or where it is given, and names that only resemble it
create table story.payments (id bigint primary key, account_id bigint, idempotency_key text, unique (account_id, idempotency_key));
create table story.transfers (id bigint primary key, idempotency_key text);
create unique index on story.transfers (idempotency_key) where idempotency_key is not null;
create table story.notes (id bigint primary key, is_idempotent boolean);

-- near miss: which request an event belongs to; the event has an id of its own
create table story.billing_events (id bigint primary key, event_id varchar(255) not null unique, idempotency_key text);
