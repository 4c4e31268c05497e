-- bad: the provider's reference may come again; the tenant comes first where there is one
create table story.payments (id bigint primary key, provider_reference text not null);
create table story.tenants (id bigint primary key);
create table story.charges (id bigint primary key, tenant_id bigint, stripe_payment_intent_id text);
create table story.a (id bigint primary key, tenant_id bigint);
create table story.b (id bigint primary key, tenant_id bigint);
insert into story.payments values (1, 'x'), (2, 'y');
-- expect: column story.payments.provider_reference
-- expect: column story.charges.stripe_payment_intent_id

-- near miss: unique in its tenant, an id of a customer, a foreign key, a flag
create table story.customers (id bigint primary key, external_key text unique);
create table story.payments (
    id bigint primary key, tenant_id bigint, external_id text, stripe_customer_id text,
    provider_id text references story.customers (external_key), external_url text, unique (tenant_id, external_id)
);

-- near miss: credentials, and a key of a table of ours that nobody declared
create table story.providers (id bigint primary key, name text);
create table story.sign_ins (
    id bigint primary key, provider_access_token text, provider_refresh_token text, stripe_token text,
    provider_id bigint
);
