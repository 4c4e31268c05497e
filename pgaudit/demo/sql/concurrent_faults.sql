-- One statement at a time, outside a transaction: both fail, and both leave an invalid index behind.
create unique index concurrently contacts_phone_idx on market.contacts (tenant_id, phone);

create index concurrently animals_height_idx on market.animals (tenant_id, ((measurements ->> 'height_cm')::integer));
