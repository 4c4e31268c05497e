-- bad: an address book
create table story.contacts (id bigint primary key, full_name text, email text, phone text);
create table story.patients (id bigint primary key, date_of_birth date, passport_number text);
-- expect: table story.contacts
-- expect: table story.patients
-- repaired
alter table story.contacts add column retain_until date;
alter table story.patients add column anonymized_at timestamptz;

-- near miss: an end is known, here or where it cascades from; too little to make a person out; flags
create table story.users (id bigint primary key, full_name text, email text, deleted_at timestamptz);
create table story.profiles (
    user_id bigint primary key references story.users on delete cascade, phone text, date_of_birth date
);
create table story.newsletters (id bigint primary key, sender_email text);
create table story.settings (id bigint primary key, email boolean, phone boolean);
create table story.warehouses (id bigint primary key, name text, street text, latitude numeric, phone boolean);
create table story.machines (id bigint primary key, name text, ip_address inet);
create table story.products (id bigint primary key, full_name text);
