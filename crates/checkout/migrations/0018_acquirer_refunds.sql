-- Refunds that the office gives back to the card in the acquirer's own pages: a task with a state. One that the acquirer refuses is still
-- owed, and waits at the desk.

alter table refund
    drop constraint refund_payout_ck,
    add constraint refund_payout_ck check (payout in ('desk', 'store_credit', 'acquirer'));

alter table refund_payment
    add column acquirer_state     text,
    add column acquirer_reference text,
    add column acquirer_by        text,
    add column acquirer_time      timestamptz,
    drop constraint refund_payment_method_ck,
    add constraint refund_payment_method_ck check (method in ('desk', 'acquirer')),
    add constraint refund_payment_acquirer_ck check (
        case method
            when 'acquirer' then acquirer_state is not null
                and acquirer_state in ('open', 'sent', 'done')
                and (acquirer_state = 'done') = (paid_out_time is not null)
            else acquirer_state is null or acquirer_state = 'refused'
        end
    ),
    add constraint refund_payment_acquirer_by_ck check ((acquirer_by is null) = (acquirer_time is null));

drop index refund_payment_due_ix;
create index refund_payment_due_ix on refund_payment (store_code, method, refunded_time desc, refund_id desc) where paid_out_time is null;

comment on column refund_payment.method is 'How it is paid: at the desk, or by the office in the acquirer''s pages. What went to store credit is paid with it, and has no row here.';
comment on column refund_payment.acquirer_state is 'What has become of it with the acquirer: open, sent, done, refused; null where it was never the acquirer''s.';
comment on column refund_payment.acquirer_reference is 'What the acquirer calls it.';
comment on column refund_payment.acquirer_by is 'Who said so last: the identity of an operator or of a staff account.';
