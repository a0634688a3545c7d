-- What goods cost, how they are labelled, and when they may be sold.

alter table held_price
    drop constraint held_price_uq,
    add constraint held_price_uq unique nulls not distinct (gtin, store_code, valid_from, price_minor, member_price_minor);

comment on table held_price is 'Prices fifty times their yesterday or more, or a fiftieth or less: they wait for a person, and a row goes when it is settled.';

create table overtaken_price (
    gtin               text        not null,
    store_code         text        not null,
    valid_from         timestamptz not null,
    price_minor        bigint      not null,
    member_price_minor bigint,
    constraint overtaken_price_uq unique nulls not distinct (gtin, store_code, valid_from, price_minor, member_price_minor),
    constraint overtaken_price_product_fk foreign key (gtin) references product (gtin)
);

comment on table overtaken_price is 'Prices that were in force until a newer word came for the same start: a file of products that says one again does not undo the newer word.';

alter table store
    add column closed_hours text[] not null default '{}';

comment on column store.closed_hours is 'Hours of the day in which goods of a category are not sold, such as 20:00-08:00 Alcools: by the clock on the wall, also across midnight.';

alter table product
    add column legal_guarantee boolean not null default false;

comment on column product.legal_guarantee is 'Durable goods whose ticket says that the law guarantees for two years that they are as they should be.';

-- A drawn basket may be looked at at its till: by the attendants' code, which is nobody's own.
alter table intervention
    drop constraint intervention_answered_ck,
    add constraint intervention_answered_ck check (
        (answered_time is null) = (decision is null)
        and (answered_by is null or (decision is not null and decision <> 'withdrawn' and acquirer_file_sha256 is null))
        and (
            answered_by is not null
            or decision is null
            or decision = 'withdrawn'
            or acquirer_file_sha256 is not null
            or kind = 'audit'
        )
    );

comment on column intervention.answered_by is 'Who decided: the id of a staff account, whom only membership knows; null when it was over before, where a file of the bank settled it, and where a drawn basket was looked at at its till by the attendants'' code.';
