--: * tags=table,partitioned,rows

--: partitioned_empty tags=table,partitioned,empty
create table t (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int,
    constraint t_pkey primary key (id), constraint ck check (d >= 0)) partition by range (id);
create index t_b_idx on t (b);
create trigger trg before update on t for each row execute function ftrg();

--: partitioned_two tags=table,partitioned,empty base=partitioned_empty
create table t1 partition of t for values from (1) to (26);
create table t2 partition of t for values from (26) to (51);

--: partitioned base=partitioned_two groups=core,few
insert into t select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01' + i * interval '1 day', i from generate_series(1, 50) as i;
create table cand (like t including all);
insert into cand select i + 100, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;
create table cand_bare (like t);
alter table cand_bare add constraint ck check (d >= 0);
insert into cand_bare select * from cand;
create table cand_checked (like t including all);
alter table cand_checked add constraint bound check (id >= 101 and id < 151);
insert into cand_checked select * from cand;

--: partitioned_default base=partitioned add=default_partition groups=core,few
create table td partition of t default;
insert into td select i + 1000, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;

--: partitioned_default_empty base=partitioned add=default_partition
create table td partition of t default;

--: partitioned_default_checked base=partitioned_default add=matching_check
alter table td add constraint outside check (id >= 1000);

--: partitioned_nested base=partitioned add=subpartition
create table t3 partition of t for values from (201) to (301) partition by range (id);
create table t31 partition of t3 for values from (201) to (251);
create table t3d partition of t3 default;
insert into t select i + 200, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 90) as i;

--: partitioned_fk_out base=partitioned add=fk_out groups=core
alter table t add constraint fk foreign key (a) references p (id);

--: partitioned_fk_in base=partitioned add=fk_in
create table r (id int primary key, t_id int constraint r_t_id references t (id));
insert into r select i, i from generate_series(1, 50) as i;

--: partitioned_default_fk_out base=partitioned_default add=fk_out
alter table t add constraint fk foreign key (a) references p (id);

--: partitioned_viewed base=partitioned add=view
create view v as select id, a from t;
create view v1 as select id, a, c from t1;

--: partitioned_indexed base=partitioned add=index
create index t_a_idx on t (a);
create index t_c_idx on t (c);
create index t_lower on t (lower(c));
create index t1_local on t1 (f);
create index t_only on only t (f);

--: partitioned_checked base=partitioned add=check
alter table t add constraint ck_a check (a is not null);
alter table t2 alter b set not null;

--: partitioned_bare tags=table,partitioned,rows
create table t (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int) partition by range (id);
create table t1 partition of t for values from (1) to (26);
create table t2 partition of t for values from (26) to (51);
insert into t select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;
create table cand (like t);
insert into cand select i + 100, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;

--: partitioned_bare_default base=partitioned_bare add=default_partition groups=special
create table td partition of t default;
insert into td select i + 1000, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;

--: partitioned_list tags=table,partitioned,rows
create table t (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int,
    constraint ck check (d >= 0)) partition by list (a);
create index t_b_idx on t (b);
create trigger trg before update on t for each row execute function ftrg();
create table t1 partition of t for values in (1, 2, 3);
create table td partition of t default;
insert into t select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;

--: partitioned_hash tags=table,partitioned,rows
create table t (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int,
    constraint t_pkey primary key (id), constraint ck check (d >= 0)) partition by hash (id);
create index t_b_idx on t (b);
create trigger trg before update on t for each row execute function ftrg();
create table t1 partition of t for values with (modulus 2, remainder 0);
create table t2 partition of t for values with (modulus 2, remainder 1);
insert into t select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;

--: leaf tags=table,plain_table,rows,leaf groups=core,few
create table tp (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int,
    constraint tp_pkey primary key (id), constraint ck check (d >= 0)) partition by range (id);
create index tp_b_idx on tp (b);
create table t partition of tp for values from (1) to (51);
create table sibling partition of tp for values from (51) to (101);
create trigger trg before update on t for each row execute function ftrg();
insert into tp select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 90) as i;

--: leaf_default_fk tags=table,plain_table,rows,leaf,default_partition,fk_out
create table tp (id int not null, a int, b text, c varchar(10), d numeric(10, 2), e timestamp, f int,
    constraint tp_pkey primary key (id), constraint ck check (d >= 0), constraint fk foreign key (a) references p (id)) partition by range (id);
create index tp_b_idx on tp (b);
create table t partition of tp default;
create table sibling partition of tp for values from (51) to (101);
create trigger trg before update on t for each row execute function ftrg();
insert into tp select i, i, 'b' || i, 'c' || i, i, timestamp '2024-01-01', i from generate_series(1, 50) as i;
