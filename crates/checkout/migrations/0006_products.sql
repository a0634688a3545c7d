-- Several codes for one product, deposits, tiles, local prices, recalls, and prices that wait for a person.

alter table store
    add column label_rules                text[] not null default '{}',
    add column bag_gtin                   text,
    add column deposit_return_limit_minor bigint not null default 5000,
    add constraint store_bag_ck check (bag_gtin ~ '^[0-9]{14}$'),
    add constraint store_deposit_return_limit_ck check (deposit_return_limit_minor > 0);

comment on column store.label_rules is 'How its scale labels are read, one pattern a rule; empty for the rules of the house.';
comment on column store.deposit_return_limit_minor is 'The most that empties bring back in one basket.';

alter table product
    add column kind         text    not null default 'goods',
    add column deposit_gtin text,
    add column meal_voucher boolean not null default false,
    add column perishable   boolean not null default false,
    add column tile         text    not null default '',
    add column tare_milli   bigint  not null default 0,
    add constraint product_kind_ck check (kind in ('goods', 'deposit', 'bag')),
    add constraint product_deposit_fk foreign key (deposit_gtin) references product (gtin),
    add constraint product_deposit_ck check (deposit_gtin is null or kind = 'goods'),
    add constraint product_tare_ck check (tare_milli between 0 and 99999);

comment on column product.deposit_gtin is 'The deposit that is charged with each piece: a product of that kind.';
comment on column product.tile is 'The tile of the till''s page it is found under when it bears no code.';
comment on column product.tare_milli is 'What its usual container weighs, in grams.';

create table product_code (
    code   text   not null,
    gtin   text   not null,
    pieces bigint not null,
    constraint product_code_pk primary key (code),
    constraint product_code_product_fk foreign key (gtin) references product (gtin),
    constraint product_code_ck check (code ~ '^[0-9]{14}$' and code <> gtin),
    constraint product_code_pieces_ck check (pieces between 1 and 999)
);

create index product_code_gtin_ix on product_code (gtin);

comment on table product_code is 'Further codes of a product, such as that of a case. One code never belongs to two products: by its key, and by the triggers.';

create function refuse_code_claimed_twice() returns trigger
language plpgsql
as $$
declare
    claimed boolean;
begin
    -- Each branch is read only for its own table: the other one has no such column.
    if tg_table_name = 'product_code' then
        claimed := exists (select from product where product.gtin = new.code);
    else
        claimed := exists (select from product_code where product_code.code = new.gtin);
    end if;
    if claimed then
        raise exception using
            errcode = 'unique_violation',
            constraint = 'product_code_claimed_once',
            message = 'a code belongs to one product';
    end if;
    return new;
end
$$;

comment on function refuse_code_claimed_twice is 'A further code is no product''s own number. Changes of the catalogue come one after the other, so that no two can pass each other here.';

create trigger product_code_is_claimed_once before insert or update of code on product_code
    for each row execute function refuse_code_claimed_twice();
create trigger product_is_no_further_code before insert on product
    for each row execute function refuse_code_claimed_twice();

alter table product_price
    add column store_code text not null default '',
    drop constraint product_price_pk,
    add constraint product_price_pk primary key (gtin, store_code, valid_from);

comment on column product_price.store_code is 'The store that has this price of its own; empty for all the others.';

create table held_price (
    held_price_id        uuid        not null,
    gtin                 text        not null,
    store_code           text        not null,
    valid_from           timestamptz not null,
    price_minor          bigint      not null,
    member_price_minor   bigint,
    previous_price_minor bigint      not null,
    constraint held_price_pk primary key (held_price_id),
    constraint held_price_uq unique (gtin, store_code, valid_from, price_minor),
    constraint held_price_product_fk foreign key (gtin) references product (gtin),
    constraint held_price_range_ck check (price_minor between 1 and 100000000)
);

comment on table held_price is 'Prices a hundred times their yesterday, or a hundredth: they wait for a person, and a row goes when it is settled.';

create table price_file (
    digest        bytea       not null,
    applied_time  timestamptz not null,
    refused_lines bigint[]    not null,
    constraint price_file_pk primary key (digest),
    constraint price_file_digest_ck check (length(digest) = 32)
);

comment on table price_file is 'The files of prices that came, by their SHA-256: each is applied once, however often it is sent.';
comment on column price_file.refused_lines is 'The lines that were not taken; only they are looked at when the file comes again.';

create table recall (
    recall_id  uuid        not null,
    gtin       text        not null,
    batch      text        not null,
    reason     text        not null,
    start_time timestamptz not null,
    end_time   timestamptz,
    constraint recall_pk primary key (recall_id),
    constraint recall_gtin_ck check (gtin ~ '^[0-9]{14}$'),
    constraint recall_batch_ck check (length(batch) <= 20),
    constraint recall_reason_ck check (reason <> ''),
    constraint recall_period_ck check (end_time is null or start_time < end_time)
);

comment on table recall is 'Goods that must not be sold. Kept for ever: who bought them is asked later.';
comment on column recall.batch is 'As the code of the goods says it; empty for all batches.';

-- What the other services learn of the catalogue goes the way of the sales.
alter table outbox
    drop constraint outbox_subject_ck,
    add constraint outbox_subject_ck check (subject ~ '^(sales|catalogue)(\.[A-Za-z0-9_-]+)+$');
