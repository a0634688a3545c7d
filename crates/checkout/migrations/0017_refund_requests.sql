-- Refunds on request: what each store gives back without a person, and what waits for one.

alter table store
    add column refund_days               integer not null default 30,
    add column refund_sale_limit_minor   bigint  not null default 5000,
    add column refund_member_month_minor bigint  not null default 10000,
    add constraint store_refund_days_ck check (refund_days between 0 and 3650),
    add constraint store_refund_sale_limit_ck check (refund_sale_limit_minor >= 0),
    add constraint store_refund_member_month_ck check (refund_member_month_minor >= 0);

comment on column store.refund_days is 'For so many days after a sale its lines are given back to whoever asks; later a person decides';
comment on column store.refund_sale_limit_minor is 'So much of one sale is given back without a person, all its refunds together';
comment on column store.refund_member_month_minor is 'So much is given back to one member without a person in a month of the calendar';

create table refund_budget (
    member_id   uuid   not null,
    currency    text   not null,
    month       text   not null,
    spent_minor bigint not null,
    constraint refund_budget_pk primary key (member_id, currency, month),
    constraint refund_budget_month_ck check (month ~ '^\d{4}-\d{2}$'),
    constraint refund_budget_spent_ck check (spent_minor >= 0)
);

comment on table refund_budget is 'What each member was given back without a person in a month; its row is what two requests at once wait for.';

create table refund_request (
    refund_request_id uuid        not null,
    caller            text        not null,
    request_id        uuid        not null,
    fingerprint       bytea       not null,
    store_code        text        not null,
    sale_id           uuid        not null,
    parts             jsonb       not null,
    payout            text        not null,
    reason            text        not null,
    total_minor       bigint      not null,
    requested_time    timestamptz not null,
    cause             text,
    state             text        not null,
    refund_id         uuid,
    answered_by       uuid,
    answered_time     timestamptz,
    constraint refund_request_pk primary key (refund_request_id),
    constraint refund_request_request_uq unique (caller, request_id),
    constraint refund_request_sale_fk foreign key (sale_id) references sale (sale_id),
    constraint refund_request_refund_fk foreign key (refund_id) references refund (refund_id),
    constraint refund_request_cause_ck check (cause in ('too_late', 'amount', 'budget')),
    constraint refund_request_state_ck check (
        (answered_by is null) = (answered_time is null)
        and case state
            when 'waiting' then cause is not null and refund_id is null and answered_by is null
            when 'given' then refund_id is not null and (cause is null) = (answered_by is null)
            when 'refused' then cause is not null and refund_id is null and answered_by is not null
            else false
        end
    )
);

create index refund_request_waiting_ix on refund_request (store_code, requested_time, refund_request_id) where state = 'waiting';
create index refund_request_answered_ix on refund_request (store_code, requested_time desc, refund_request_id desc) where answered_by is not null;
create index sale_member_ix on sale (member_id) where member_id is not null;

comment on table refund_request is 'What was asked to be given back on a shopper''s behalf, and what became of it: given at once, or decided by a person, once.';
comment on column refund_request.request_id is 'That of the caller: asked again under it, the answer is what has become of the request by then, for ever.';
comment on column refund_request.cause is 'Why a person decides; null when nobody had to.';
comment on column refund_request.answered_by is 'Who decided: the id of a staff account, whom only membership knows.';

create function refuse_second_decision() returns trigger
language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or old.state <> 'waiting' then
        raise exception 'a request for a refund is answered once and stays';
    end if;
    return new;
end
$$;

comment on function refuse_second_decision is 'Keeps what was decided as it was, also from a slip of an operator''s hand.';

create trigger refund_request_is_final before update or delete on refund_request
    for each row execute function refuse_second_decision();
