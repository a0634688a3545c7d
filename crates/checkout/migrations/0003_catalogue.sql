-- What the shops sell, where, and for how much. Read whole into the memory of every replica, which asks each second whether
-- the version has moved.

create table catalogue_version (
    catalogue_version_id boolean not null default true,
    version              bigint  not null,
    constraint catalogue_version_pk primary key (catalogue_version_id),
    constraint catalogue_version_single_ck check (catalogue_version_id)
);

comment on table catalogue_version is 'One row. Whoever changes the catalogue locks it first and moves it last: changes come one after the other, and a replica sees that its copy is old.';

insert into catalogue_version (version) values (1);

create table store (
    store_code    text   not null,
    name          text   not null,
    address_lines text[] not null,
    siret         text   not null,
    vat_number    text   not null,
    time_zone     text   not null,
    currency_code text   not null,
    constraint store_pk primary key (store_code),
    constraint store_code_ck check (store_code ~ '^[A-Z0-9-]{1,16}$'),
    constraint store_name_ck check (name <> ''),
    constraint store_siret_ck check (siret ~ '^[0-9]{14}$'),
    constraint store_currency_ck check (currency_code ~ '^[A-Z]{3}$')
);

comment on table store is 'The shops. A ticket keeps the shop as it was when it was printed; this is the shop as it is now.';
comment on column store.vat_number is 'Intra-community VAT number; empty for a shop without one.';
comment on column store.time_zone is 'IANA name; it decides the day of a sale.';

create table terminal (
    terminal_code text not null,
    store_code    text not null,
    kind          text not null,
    constraint terminal_pk primary key (terminal_code),
    constraint terminal_store_fk foreign key (store_code) references store (store_code),
    constraint terminal_code_ck check (terminal_code ~ '^[A-Z0-9-]{1,16}$'),
    constraint terminal_kind_ck check (kind in ('self', 'staffed'))
);

comment on table terminal is 'The tills. A till never moves to another store, because its tickets are numbered there.';

create table supplier (
    supplier_code text not null,
    name          text not null,
    constraint supplier_pk primary key (supplier_code),
    constraint supplier_code_ck check (supplier_code ~ '^[A-Z0-9-]{1,32}$'),
    constraint supplier_name_ck check (name <> '')
);

comment on table supplier is 'Who delivers products. Companies, no persons; one that was named by its code only bears the code as its name.';

create table vat_rate (
    vat_code          text        not null,
    valid_from        timestamptz not null,
    rate_basis_points bigint      not null,
    constraint vat_rate_pk primary key (vat_code, valid_from),
    constraint vat_rate_code_ck check (vat_code ~ '^[a-z_]{1,32}$'),
    constraint vat_rate_range_ck check (rate_basis_points between 0 and 10000)
);

comment on table vat_rate is 'VAT rates and since when each holds, until the next one of its code. A change of the law is a new row, never an update.';
comment on column vat_rate.rate_basis_points is '550 is 5.5 %.';

-- The rates of metropolitan France, all in force since this day at the latest.
insert into vat_rate (vat_code, valid_from, rate_basis_points) values
    ('normal', '2014-01-01 00:00:00+01', 2000),
    ('intermediate', '2014-01-01 00:00:00+01', 1000),
    ('reduced', '2014-01-01 00:00:00+01', 550),
    ('super_reduced', '2014-01-01 00:00:00+01', 210),
    ('zero', '2014-01-01 00:00:00+01', 0);

create table product (
    gtin          text not null,
    name          text not null,
    brand         text not null,
    category      text not null,
    net_content   text not null,
    sold_by       text not null,
    vat_code      text not null,
    supplier_code text,
    constraint product_pk primary key (gtin),
    constraint product_supplier_fk foreign key (supplier_code) references supplier (supplier_code),
    constraint product_gtin_ck check (gtin ~ '^[0-9]{14}$'),
    constraint product_name_ck check (name <> ''),
    constraint product_sold_by_ck check (sold_by in ('unit', 'kg'))
);

comment on table product is 'What can be scanned. Never deleted: a ticket may be given back long after the last one was sold.';
comment on column product.gtin is 'Always 14 digits, the check digit verified before it came here.';
comment on column product.category is 'As the file had it: one category, or several with commas between them.';

create table product_price (
    gtin               text        not null,
    valid_from         timestamptz not null,
    price_minor        bigint      not null,
    member_price_minor bigint,
    constraint product_price_pk primary key (gtin, valid_from),
    constraint product_price_product_fk foreign key (gtin) references product (gtin),
    constraint product_price_range_ck check (price_minor between 1 and 100000000),
    constraint product_price_member_ck check (member_price_minor between 1 and price_minor)
);

comment on table product_price is 'Tax-included prices of a piece or a kilogram, in cents. A price ends where the next one of its product starts.';
comment on column product_price.member_price_minor is 'What a member pays meanwhile; null when that is the same.';

create table promotion (
    promotion_code       text        not null,
    label                text        not null,
    category             text        not null,
    percent_basis_points bigint      not null,
    start_time           timestamptz not null,
    end_time             timestamptz not null,
    on_claim             boolean     not null,
    members_only         boolean     not null,
    constraint promotion_pk primary key (promotion_code),
    constraint promotion_code_ck check (promotion_code ~ '^[A-Z0-9-]{1,24}$' and promotion_code <> 'MEMBER-PRICE'),
    constraint promotion_label_ck check (label <> ''),
    constraint promotion_percent_ck check (percent_basis_points between 1 and 10000),
    constraint promotion_period_ck check (start_time < end_time)
);

comment on table promotion is 'Percentages off a category, or off everything when it is empty, from an instant until just before another.';
comment on column promotion.on_claim is 'Given only when the shopper claims the code.';
