-- What goods cost, how they are labelled, and when they may be sold.

alter table held_price
    drop constraint held_price_uq,
    add constraint held_price_uq unique nulls not distinct (gtin, store_code, valid_from, price_minor, member_price_minor);

comment on table held_price is 'Prices fifty times their yesterday or more, or a fiftieth or less: they wait for a person, and a row goes when it is settled.';
