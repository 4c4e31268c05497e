-- bad: nothing stops it
create table story.products (id bigint primary key, stock integer not null, "qtyReserved" integer, on_hand numeric);
insert into story.products values (1, 5, 0, 2);
-- expect: column story.products.stock
-- expect: column story.products.qtyReserved
-- expect: column story.products.on_hand

-- bad: what is left, and what an account has
create table story.events (id bigint primary key, available_seats smallint, seats smallint);
create table story.accounts (id bigint primary key, credits bigint);
-- expect: column story.events.available_seats
-- expect: column story.accounts.credits

-- near miss: how much somebody wants, and credits of another sort
create table story.order_lines (id bigint primary key, quantity integer, qty numeric);
create table story.product_orders (id bigint primary key, quantity integer);
create table story.courses (id bigint primary key, credits integer, seats integer);

-- near miss: checked, a movement, a limit, a text, an id
create domain story.pieces as integer check (value >= 0);
create table story.products (
    id bigint primary key, stock integer check (stock >= 0), quantity story.pieces, min_stock integer, stock_id bigint,
    inventory text
);
create table story.stock_movements (id bigint primary key, quantity integer);
