-- bad: nothing stops it
create table story.products (id bigint primary key, stock integer not null, "qtyReserved" integer, on_hand numeric);
insert into story.products values (1, 5, 0, 2);
-- expect: column story.products.stock
-- expect: column story.products.qtyReserved
-- expect: column story.products.on_hand

-- near miss: checked, a movement, a limit, a text, an id
create domain story.pieces as integer check (value >= 0);
create table story.products (
    id bigint primary key, stock integer check (stock >= 0), quantity story.pieces, min_stock integer, stock_id bigint,
    inventory text
);
create table story.stock_movements (id bigint primary key, quantity integer);
