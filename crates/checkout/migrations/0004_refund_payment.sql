-- What each refund owes the shopper, and whether it was paid. The refund itself is sealed and never changes; its payment comes later.

create table refund_payment (
    refund_id     uuid        not null,
    store_code    text        not null,
    method        text        not null,
    refunded_time timestamptz not null,
    paid_out_by   uuid,
    paid_out_time timestamptz,
    constraint refund_payment_pk primary key (refund_id),
    constraint refund_payment_refund_fk foreign key (refund_id) references refund (refund_id),
    constraint refund_payment_method_ck check (method in ('desk')),
    constraint refund_payment_paid_out_ck check ((paid_out_by is null) = (paid_out_time is null))
);

create index refund_payment_due_ix on refund_payment (store_code, refunded_time desc, refund_id desc) where paid_out_time is null;
create index refund_store_sequence_ix on refund (store_code, sequence);

comment on table refund_payment is 'Money that is owed for a refund, one row each, written with it; a refund of nothing owes nothing and has none. Changed once, when it is paid out.';
comment on column refund_payment.method is 'How it is paid. Nobody keeps a balance of store credit, so that whatever was asked for is paid at the desk.';
comment on column refund_payment.store_code is 'That of the refund, again, for the index; likewise refunded_time';
comment on column refund_payment.paid_out_by is 'Who paid it out: the id of a staff account, whom only membership knows; null while it is due';
comment on column refund_payment.paid_out_time is 'When, by the business clock';

insert into refund_payment (refund_id, store_code, method, refunded_time)
select refund_id, store_code, 'desk', refunded_time
from refund
where total_minor > 0;

create function refuse_second_payment() returns trigger
language plpgsql
as $$
begin
    if tg_op <> 'UPDATE' or old.paid_out_time is not null then
        raise exception 'a payment of a refund is recorded once and never taken back';
    end if;
    return new;
end
$$;

comment on function refuse_second_payment is 'Keeps what was paid out as it was recorded, also from a slip of an operator''s hand.';

create trigger refund_payment_is_final before update or delete on refund_payment
    for each row execute function refuse_second_payment();
