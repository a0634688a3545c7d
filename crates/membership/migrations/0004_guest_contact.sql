-- Addresses that shoppers without a card typed at a till, for the mail of one ticket each.

create table guest_contact (
    guest_contact_id uuid        not null,
    email            text        not null,
    kept_time        timestamptz not null,
    expiry_time      timestamptz not null,
    constraint guest_contact_pk primary key (guest_contact_id),
    constraint guest_contact_email_ck check (char_length(email) between 3 and 254 and email ~ '^[!-~]+@[!-~]+$'),
    constraint guest_contact_expiry_time_ck check (expiry_time > kept_time)
);

create index guest_contact_expiry_ix on guest_contact (expiry_time);

comment on table guest_contact is 'Where the mail of a guest''s ticket goes. A row is deleted once the mail is settled, and 72 hours after it was typed whatever became of the mail.';
comment on column guest_contact.guest_contact_id is 'Made by the till; all that other services know of it.';
comment on column guest_contact.kept_time is 'By the business clock, as expiry_time.';
