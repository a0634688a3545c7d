-- The mail of money that went back to a card at a till, with the slip of the card terminal: one for each such credit of a refund.

alter table delivery
    add column credit_id uuid,
    drop constraint delivery_kind_ck,
    add constraint delivery_kind_ck check (
        (kind = 'receipt' and refund_id is null and credit_id is null)
        or (kind = 'credit_note' and refund_id is not null and credit_id is null)
        or (kind = 'paid_back' and refund_id is not null and credit_id is not null)
    );

create unique index delivery_paid_back_uq on delivery (credit_id) where kind = 'paid_back';

comment on column delivery.credit_id is 'What a card terminal gave back of the refund; null for receipts and credit notes.';
