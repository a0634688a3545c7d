-- Sales paid in parts, and the store credit of members.

-- One slip for each tender that has one. A change of type is no update: what is sealed stays as it was.
alter table sale alter column slip_text type text[] using case when slip_text = '' then '{}' else array[slip_text] end;
alter table sale rename column slip_text to slip_texts;
comment on column sale.slip_texts is 'What the card terminal printed for the shopper, in the order of the tenders; no card number is in it.';

-- So is the way in which a ticket says how it was paid: a list, where there was one card or none.
alter table sale alter column ticket type jsonb using (ticket - 'payment') || jsonb_build_object('payments',
    case jsonb_typeof(ticket -> 'payment')
        when 'object' then jsonb_build_array(jsonb_build_object('tender_id', sale_id, 'kind', 'card',
            'amount', ticket #> '{payment,amount}', 'card', (ticket -> 'payment') - 'amount'))
        else '[]'::jsonb
    end);

create table store_credit (
    member_id     uuid   not null,
    currency      text   not null,
    balance_minor bigint not null,
    constraint store_credit_pk primary key (member_id, currency),
    constraint store_credit_currency_ck check (currency ~ '^[A-Z]{3}$'),
    constraint store_credit_balance_ck check (balance_minor >= 0)
);

comment on table store_credit is 'What the shop owes each member in goods. Always the sum of the entries; its row is what two tills at once wait for.';

create table store_credit_entry (
    member_id    uuid        not null,
    currency     text        not null,
    cause        text        not null,
    refund_id    uuid,
    basket_id    uuid,
    tender_id    uuid,
    amount_minor bigint      not null,
    entry_time   timestamptz not null,
    constraint store_credit_entry_balance_fk foreign key (member_id, currency) references store_credit (member_id, currency),
    constraint store_credit_entry_refund_fk foreign key (refund_id) references refund (refund_id),
    constraint store_credit_entry_basket_fk foreign key (basket_id) references basket (basket_id),
    -- A refund grows the balance once, and a tender takes from it and gives back to it once.
    constraint store_credit_entry_uq unique nulls not distinct (cause, refund_id, basket_id, tender_id),
    constraint store_credit_entry_cause_ck check (
        case cause
            when 'refund' then refund_id is not null and basket_id is null and tender_id is null and amount_minor > 0
            when 'tender' then refund_id is null and basket_id is not null and tender_id is not null and amount_minor < 0
            when 'tender_returned' then refund_id is null and basket_id is not null and tender_id is not null and amount_minor > 0
            else false
        end
    )
);

create index store_credit_entry_member_ix on store_credit_entry (member_id, currency);

comment on table store_credit_entry is 'Every movement of store credit with its cause, one row each. Never updated.';
comment on column store_credit_entry.tender_id is 'The tender within its basket.';
comment on column store_credit_entry.entry_time is 'When, by the business clock.';

create trigger store_credit_entry_is_final before update or delete or truncate on store_credit_entry
    for each statement execute function refuse_change();

-- What earlier refunds of a sale gave to the desk to pay is asked for with each further one.
create index refund_sale_ix on refund (sale_id);

comment on column refund_payment.method is 'How it is paid: at the desk. What went to store credit is paid with it, and has no row here.';
