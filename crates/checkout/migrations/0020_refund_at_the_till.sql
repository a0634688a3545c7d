-- Refunds that the card terminal of a till gives back to the card that paid, its holder present.

create table refund_credit (
    credit_id         uuid        not null,
    refund_id         uuid        not null,
    sale_id           uuid        not null,
    store_code        text        not null,
    terminal_code     text        not null,
    tender_id         uuid        not null,
    amount_minor      bigint      not null,
    state             text        not null default 'asked',
    given_minor       bigint      not null default 0,
    brand             text        not null default '',
    pan_last4         text        not null default '',
    slip_text         text        not null default '',
    asked_time        timestamptz not null,
    claimed_time      timestamptz not null default clock_timestamp(),
    settled_time      timestamptz,
    settled_by        text,
    constraint refund_credit_pk primary key (credit_id),
    constraint refund_credit_refund_fk foreign key (refund_id) references refund (refund_id),
    constraint refund_credit_sale_fk foreign key (sale_id) references sale (sale_id),
    constraint refund_credit_amount_ck check (amount_minor > 0),
    constraint refund_credit_given_ck check (
        given_minor between 0 and amount_minor
        and (given_minor > 0) = (state = 'done')
    ),
    constraint refund_credit_settled_ck check (
        (settled_time is null) = (settled_by is null)
        and (settled_time is not null) = (state in ('done', 'refused'))
    ),
    constraint refund_credit_state_ck check (state in ('asked', 'unknown', 'done', 'refused'))
);

-- Two tills that read the same state cannot both be at one refund.
create unique index refund_credit_open_uq on refund_credit (refund_id) where state in ('asked', 'unknown');
create index refund_credit_refund_ix on refund_credit (refund_id, claimed_time);
create index refund_credit_sale_ix on refund_credit (sale_id) where state = 'done';

comment on table refund_credit is 'What card terminals of tills were asked to give back of refunds, one row each, and what came of it: asked, unknown, then done or refused. Settled once, by trigger.';
comment on column refund_credit.credit_id is 'Made by the till, and sent to its card terminal for reference.';
comment on column refund_credit.tender_id is 'The tender of the sale that it gives back: the card that it is to go to.';
comment on column refund_credit.pan_last4 is 'Of the card that it went to, as the card terminal said.';
comment on column refund_credit.slip_text is 'What the card terminal printed for the shopper, or empty; no card number is in it.';
comment on column refund_credit.asked_time is 'When the till began, by the business clock.';
comment on column refund_credit.claimed_time is 'The same by the database''s own clock: whether a till was not heard of it for too long is no matter of business time.';
comment on column refund_credit.settled_by is 'Who said so: the identity of a till, of a staff account or of an operator.';

create function refuse_second_credit() returns trigger
language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or old.settled_time is not null then
        raise exception 'what became of a credit is recorded once and stays';
    end if;
    return new;
end
$$;

comment on function refuse_second_credit is 'Keeps what became of a credit as it was recorded, also from a slip of an operator''s hand.';

create trigger refund_credit_is_final before update or delete on refund_credit
    for each row execute function refuse_second_credit();

alter table refund_payment
    add column paid_out_terminal text,
    drop constraint refund_payment_paid_out_ck,
    add constraint refund_payment_paid_out_ck check (
        case
            when paid_out_time is null then paid_out_by is null and paid_out_terminal is null
            else (paid_out_by is null) <> (paid_out_terminal is null)
        end
    );

comment on column refund_payment.paid_out_by is 'Who paid it out: the id of a staff account, whom only membership knows; null while it is due, or where a till gave it back.';
comment on column refund_payment.paid_out_terminal is 'The till whose card terminal gave back the last of it.';

alter table intervention drop constraint intervention_kind_ck;
alter table intervention add constraint intervention_kind_ck check (
    kind in (
        'payment_unknown', 'give_back', 'sale_refused', 'approval', 'help', 'unknown_code', 'abandoned', 'audit', 'late_answer',
        'slip_refused', 'refund_unknown'
    )
) not valid;

comment on constraint intervention_kind_ck on intervention is 'Of what waits from now on; earlier rows may say payment_partial.';
