-- What a sale was made of, as far as the figures of a day care.

alter table sale_fact
    add column weighed_lines integer not null default 0,
    add column promotion_minor bigint not null default 0,
    add column deposit_minor bigint not null default 0,
    add constraint sale_fact_lines check (weighed_lines >= 0 and promotion_minor >= 0);

comment on column sale_fact.weighed_lines is 'Lines by the kilogram';
comment on column sale_fact.promotion_minor is 'What promotions, member prices and coupons took off';
comment on column sale_fact.deposit_minor is 'Deposits charged less deposits given back: in the total, and no turnover';
