"""Statements whose rewrites must hold beyond the examples on the rules' pages: (rule, given, script, majors...)."""

from tests.migrations_safety.key_cases import KEY_CASES

_ORDERS = """
create table customers (id bigint primary key);
insert into customers select generate_series(1, 50);
create table orders (id bigint primary key, customer_id bigint, total numeric, note text, a int, "B b" int);
insert into orders select n, n, n, n, n, n from generate_series(1, 50) as n;
"""
_PARTED = """
create table events (id bigint, at date not null) partition by range (at);
create table events_1 partition of events for values from ('2024-01-01') to ('2025-01-01');
create table events_d partition of events default;
create table events_2 (id bigint, at date not null);
insert into events_1 select n, '2024-06-01' from generate_series(1, 50) as n;
insert into events_d select n, '2034-06-01' from generate_series(1, 50) as n;
insert into events_2 select n, '2025-06-01' from generate_series(1, 50) as n;
"""
_KEYED = """
create table items (id int primary key, code text not null, "Q q" numeric(10, 2) default 0.5, b int, unique (code, b));
create index items_code on items (code);
create index items_q on items (b) include ("Q q");
insert into items select n, n, n, n from generate_series(1, 50) as n;
"""
_NUMBERED = """
create table items (id int primary key);
insert into items select generate_series(1, 50);
create table lines (id serial primary key, item int not null references items on delete cascade,
    code int default nextval('lines_id_seq') references items deferrable initially deferred);
create index lines_item on lines (item);
insert into lines (item, code) select n, n from generate_series(1, 50) as n;
"""
_DOMAINS = f"""{_ORDERS}
create domain positive as int check (value > 0);
create domain small as positive check (value < 100 and value <> 13);
"""
_Row = tuple[str, str, str] | tuple[str, str, str, int] | tuple[str, str, str, int, int]

CASES: tuple[_Row, ...] = (
    ("index-not-concurrent", _ORDERS, "create unique index on orders (id, a)"),
    ("index-not-concurrent", _ORDERS, "create index if not exists i on orders using hash (a)"),
    ("index-not-concurrent", _ORDERS, 'create index "I i" on orders ("B b" desc, lower(note)) include (a) where a > 0'),
    ("index-not-concurrent", _ORDERS, "create /* on a */ index on only orders (a) with (fillfactor = 70)"),
    ("set-not-null-scan", _ORDERS, "alter table orders alter column customer_id set not null"),
    ("set-not-null-scan", _ORDERS, 'alter table only orders alter "B b" set not null, add column c int'),
    ("set-not-null-scan", _ORDERS, "alter table orders alter a set not null, alter customer_id set not null"),
    ("add-check-validating", _ORDERS, "alter table orders add check (total > 0)"),
    ("add-check-validating", _ORDERS, "alter table orders add constraint \"C c\" check (total > 0 and note <> '--')"),
    ("add-check-validating", _ORDERS, "alter table orders add check (a > 0), add check (total > 0)"),
    ("add-fk-validating", _ORDERS, "alter table orders add foreign key (customer_id) references customers"),
    (
        "add-fk-validating",
        _ORDERS,
        "alter table orders add foreign key (customer_id) references customers deferrable initially deferred",
    ),
    ("add-unique-constraint", _ORDERS, "alter table orders add unique (a, id)"),
    ("add-unique-constraint", _ORDERS, "alter table orders add constraint u unique (a) include (id) deferrable"),
    ("add-unique-constraint", _ORDERS, "alter table orders add constraint u unique nulls not distinct (a)", 15),
    (
        "add-primary-key",
        _ORDERS.replace("id bigint primary key, c", "id bigint, c"),
        "alter table orders add primary key (id)",
    ),
    ("add-column-volatile-default", _ORDERS, "alter table orders add column x float8 default random()"),
    ("add-column-volatile-default", _ORDERS, "alter table orders add x uuid not null default gen_random_uuid()"),
    ("add-column-serial", _ORDERS, "alter table orders add column n bigserial"),
    ("add-column-inline-check", _ORDERS, "alter table orders add column n int default 1 constraint p check (n > 0)"),
    ("add-column-inline-fk", _ORDERS, "alter table orders add column n bigint default 1 references customers"),
    ("add-column-inline-unique", _ORDERS, "alter table orders add column n bigint unique"),
    (
        "attach-partition-scan",
        _PARTED,
        "alter table events attach partition events_2 for values from ('2025-01-01') to ('2026-01-01')",
    ),
    ("index-on-partitioned-parent", _PARTED, "create index events_at on events (at)"),
    ("index-on-partitioned-parent", _PARTED, "create index on events (at)"),
    (
        "drop-index-not-concurrent",
        _ORDERS + "create index i on orders (a); create index j on orders (a);",
        "drop index i, j",
    ),
    ("reindex-not-concurrent", _ORDERS, "reindex table orders"),
    ("reindex-not-concurrent", _ORDERS, "reindex index orders_pkey"),
    (
        "refresh-matview-blocking",
        _ORDERS + "create materialized view m as select * from orders; create unique index on m (id);",
        "refresh materialized view m",
    ),
    ("alter-type-rewrite", _ORDERS, "alter table orders alter column a type bigint"),
    ("alter-type-rewrite", _KEYED, "alter table items alter id type bigint"),
    ("alter-type-rewrite", _KEYED, "alter table items alter column code set data type int using code::int + 0"),
    ("alter-type-rewrite", _NUMBERED, "alter table lines alter id type bigint; alter sequence lines_id_seq as bigint"),
    ("alter-type-rewrite", _NUMBERED, "alter table lines alter item type bigint"),
    ("alter-type-rewrite", _NUMBERED, "alter table lines alter code type bigint using code::bigint"),
    ("alter-type-rewrite", _KEYED, 'alter table only items alter "Q q" type numeric(12, 3)'),
    ("add-column-identity", _ORDERS, "alter table orders add column n int generated always as identity"),
    (
        "add-column-identity",
        _ORDERS,
        "alter table orders add n bigint generated by default as identity (start 100 increment 10)",
    ),
    (
        "add-column-generated-stored",
        _ORDERS,
        'alter table orders add "G g" numeric generated always as (total * 2) stored',
    ),
    ("add-column-constrained-domain", _DOMAINS, "alter table orders add column n small, add column m int"),
    ("unbatched-backfill", _ORDERS, "update orders set note = 'none' where note is null"),
    ("delete-update-without-where", _ORDERS, "update orders set note = 'x'"),
    *KEY_CASES,
)
