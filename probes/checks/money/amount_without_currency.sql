-- bad: one table says it, the other does not
create table story.invoices (id bigint primary key, total_amount numeric(12, 2), currency_code text not null);
create table story.payouts (id bigint primary key, amount numeric(12, 2));
create table story.fees (id bigint primary key, fee_cents bigint);
-- expect: table story.payouts
-- expect: table story.fees
-- repaired
alter table story.payouts add column currency text not null default 'EUR';
alter table story.fees add column currency text not null default 'EUR';

-- near miss: the invoice says it, or it is no amount
create table story.invoices (id bigint primary key, total_amount numeric(12, 2), currency_code text not null);
create table story.payments (id bigint primary key, amount numeric(12, 2), invoice_id bigint references story.invoices);
create table story.refunds (id bigint primary key, amount numeric, payment_id bigint references story.payments);
create table story.items (id bigint primary key, amount integer, price_factor numeric, tax_rate numeric);

-- near miss: a database of one currency
create table story.payouts (id bigint primary key, amount numeric(12, 2));
