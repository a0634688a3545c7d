-- The money may go back to the card without a way to the shop.

alter table complaint
    drop constraint complaint_payout_ck,
    add constraint complaint_payout_ck check (payout in ('desk', 'store_credit', 'acquirer'));
