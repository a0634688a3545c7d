-- How the shopper wants the ticket: by mail to a member or to an address typed at the till, behind a code, on paper, or not at all.

alter table delivery add column guest_contact_id uuid;
alter table delivery add column token_sha256 bytea;
alter table delivery add column token_expiry_time timestamptz;
alter table delivery drop constraint delivery_addressee_ck;
alter table delivery add constraint delivery_addressee_ck check (
    member_id is not null or guest_contact_id is not null or state = 'other'
);
alter table delivery add constraint delivery_token_ck check (
    (token_sha256 is null) = (token_expiry_time is null) and octet_length(token_sha256) = 32
);

create index delivery_token_ix on delivery (token_sha256) where token_sha256 is not null;
create index delivery_token_expiry_ix on delivery (token_expiry_time) where token_sha256 is not null;

comment on column delivery.guest_contact_id is 'Which typed address is asked of membership at each attempt, in place of a member''s; membership forgets it soon.';
comment on column delivery.token_sha256 is 'SHA-256 of the token in the code that the till showed; null once nobody may read the ticket by it any more.';
comment on column delivery.token_expiry_time is 'Until when the ticket can be read, by the business clock.';
comment on column delivery.outcome is 'Code of the mail server''s reply, or reason of the state (of other: no member, qr, paper or none); never its text, which may name the addressee.';
