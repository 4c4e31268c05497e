-- bad: one table has a trail, the other has not
create table story.trail (id bigint generated always as identity, row_data jsonb);
create function story.record_change() returns trigger language plpgsql as $$
begin
    insert into story.trail (row_data) values (to_jsonb(new));
    return new;
end
$$;
create table story.payments (id bigint primary key, amount numeric(12, 2));
create trigger payments_audit after insert or update on story.payments
    for each row execute function story.record_change();
create table story."Refunds" (id bigint primary key, amount numeric(12, 2));
insert into story."Refunds" values (1, 1);
-- expect: table story.Refunds

-- bad: no trail anywhere; a trigger for something else
create function story.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create table story.customer_invoices (id bigint primary key, total_amount numeric(12, 2));
create trigger touch before update on story.customer_invoices for each row execute function story.touch();
-- expect: table story.customer_invoices
-- repaired
create table story.customer_invoices_history (id bigint, total_amount numeric(12, 2), changed_at timestamptz);

-- near miss: a history table, no amounts, lines of an invoice
create table story.payments (id bigint primary key, amount numeric(12, 2));
create table story.payments_history (id bigint, amount numeric(12, 2));
create table story.invoices (id bigint primary key, title text);
create table story.invoice_lines (id bigint primary key, price_amount numeric(12, 2));
