-- Promotions of every kind, with their limits; and sales without a card payment.

alter table promotion
    add column gtins          text[]   not null default '{}',
    add column store_codes    text[]   not null default '{}',
    add column benefit        text     not null default 'percent',
    add column amount_minor   bigint   not null default 0,
    add column take           bigint   not null default 0,
    add column pay            bigint   not null default 0,
    add column at_least_minor bigint   not null default 0,
    add column from_minute    integer  not null default 0,
    add column to_minute      integer  not null default 1440,
    add column weekdays       smallint not null default 127,
    add column exclusive      boolean  not null default false,
    add column basket_limit   bigint,
    add column member_limit   bigint,
    add column total_limit    bigint,
    add column announcement   text     not null default 'no',
    drop constraint promotion_percent_ck,
    add constraint promotion_percent_ck check (percent_basis_points between 0 and 10000),
    add constraint promotion_benefit_ck check (
        case benefit
            when 'percent' then percent_basis_points > 0
            when 'amount' then amount_minor > 0
            when 'n_for_m' then take between 2 and 100 and pay between 1 and take - 1
            when 'threshold_amount' then at_least_minor > 0 and amount_minor > 0
            when 'threshold_percent' then at_least_minor > 0 and percent_basis_points > 0
            else false
        end
    ),
    add constraint promotion_hours_ck check (from_minute >= 0 and from_minute < to_minute and to_minute <= 1440),
    add constraint promotion_weekdays_ck check (weekdays between 1 and 127),
    add constraint promotion_limits_ck check (basket_limit > 0 and member_limit > 0 and total_limit > 0),
    add constraint promotion_member_limit_ck check (member_limit is null or members_only),
    add constraint promotion_announcement_ck check (announcement in ('no', 'prior_price', 'perishable'));

comment on table promotion is 'What is taken off certain products in certain stores, from an instant until just before another.';
comment on column promotion.gtins is 'The products, of the category too; empty for all of it.';
comment on column promotion.benefit is 'Which of percent_basis_points, amount_minor, take, pay and at_least_minor count.';
comment on column promotion.weekdays is 'Bit 0 is Monday, bit 6 Sunday, in the time zone of the store.';
comment on column promotion.member_limit is 'In how many baskets of one member it is given.';
comment on column promotion.total_limit is 'In how many baskets it is given in all: 1 is a coupon that works once.';

create table promotion_use (
    promotion_code text        not null,
    basket_id      uuid        not null,
    member_id      uuid,
    used_time      timestamptz not null,
    constraint promotion_use_pk primary key (promotion_code, basket_id),
    constraint promotion_use_basket_fk foreign key (basket_id) references basket (basket_id)
);

create index promotion_use_member_ix on promotion_use (member_id, promotion_code);

comment on table promotion_use is 'Baskets in which a promotion with a limit is given: claimed when payment begins, given back when it is abandoned.';

create table meal_voucher_cap (
    valid_from timestamptz not null,
    cap_minor  bigint      not null,
    constraint meal_voucher_cap_pk primary key (valid_from),
    constraint meal_voucher_cap_ck check (cap_minor > 0)
);

comment on table meal_voucher_cap is 'The most of a ticket that meal vouchers pay, and since when; a change is a new row.';

-- 25 euros a day since October 2022, as the details of self-checkouts have it; to be checked against the code du travail.
insert into meal_voucher_cap (valid_from, cap_minor) values ('2022-10-01 00:00:00+02', 2500);

alter table sale
    drop constraint sale_total_ck;

comment on column sale.total_minor is 'What was paid; zero, or negative for what is paid out at the desk, when empties came back and no card was asked.';
