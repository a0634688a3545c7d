-- People: the only tables of the installation that hold personal data. Everybody else knows a member by its id.

create table member (
    member_id       uuid        not null,
    store_code      text        not null,
    last_name       text        not null,
    first_name      text        not null,
    street          text        not null,
    postal_code     text        not null,
    city            text        not null,
    country_code    text        not null,
    phone           text        not null,
    email           text        not null,
    last_name_key   text collate "C" not null,
    first_name_key  text collate "C" not null,
    email_key       text collate "C" not null,
    registered_time timestamptz not null,
    changed_time    timestamptz not null,
    constraint member_pk primary key (member_id),
    constraint member_store_code_ck check (store_code ~ '^[A-Z0-9-]{1,16}$'),
    constraint member_last_name_ck check (char_length(last_name) between 1 and 80),
    constraint member_first_name_ck check (char_length(first_name) between 1 and 80),
    constraint member_street_ck check (char_length(street) between 1 and 200),
    constraint member_postal_code_ck check (char_length(postal_code) between 1 and 16),
    constraint member_city_ck check (char_length(city) between 1 and 80),
    constraint member_country_code_ck check (country_code ~ '^[A-Z]{2}$'),
    constraint member_phone_ck check (phone ~ '^\+[1-9][0-9]{6,14}$'),
    constraint member_email_ck check (char_length(email) between 3 and 254 and email ~ '^[!-~]+@[!-~]+$')
);

create index member_name_ix on member (store_code, last_name_key, first_name_key, member_id);
create index member_email_ix on member (store_code, email_key);
create index member_phone_ix on member (store_code, reverse(phone) collate "C");

comment on table member is 'Persons who are known to the shop on their own request. Erasing a person is deleting the row; the cards go with it.';
comment on column member.store_code is 'The store that registered the person, whose desk alone sees and corrects the details.';
comment on column member.last_name_key is 'The last name without accents and capitals, in the order of the listings and for the search by its start.';
comment on column member.first_name_key is 'The first name without accents and capitals, in the order of the listings.';
comment on column member.email_key is 'The address without capitals, for the search. Not unique: a couple may share an address.';
comment on column member.phone is 'In international form; searched from its end, so that a national number is found too.';
comment on column member.changed_time is 'When the details were last given or corrected.';

create table card (
    card_number  text collate "C" not null,
    member_id    uuid        not null,
    issued_time  timestamptz not null,
    blocked_time timestamptz,
    constraint card_pk primary key (card_number),
    constraint card_member_fk foreign key (member_id) references member (member_id) on delete cascade,
    constraint card_number_ck check (card_number ~ '^29[0-9]{11}$'),
    constraint card_blocked_time_ck check (blocked_time >= issued_time)
);

create index card_member_ix on card (member_id, issued_time);

comment on table card is 'What a till scans to recognise a member, who may hold several.';
comment on column card.card_number is 'EAN-13 of prefix 29 whose serial is drawn at random: knowing one card tells nothing of another.';
comment on column card.blocked_time is 'When the card was lost or given back; null while it recognises its member. Never undone.';

create table staff (
    staff_id      uuid        not null,
    login         text        not null,
    role          text        not null,
    store_code    text,
    supplier_code text,
    password_hash text        not null,
    created_time  timestamptz not null,
    constraint staff_pk primary key (staff_id),
    constraint staff_login_uk unique (login),
    constraint staff_login_ck check (login ~ '^[a-z0-9.-]{3,40}$'),
    constraint staff_role_ck check (role in ('desk', 'attendant', 'supplier', 'manager')),
    constraint staff_store_code_ck check (store_code ~ '^[A-Z0-9-]{1,16}$'),
    constraint staff_supplier_code_ck check (supplier_code ~ '^[A-Z0-9-]{1,24}$'),
    -- A supplier's person belongs to the supplier and to no store, everybody else to a store and to no supplier.
    constraint staff_place_ck check (
        (store_code is null) = (role = 'supplier') and (supplier_code is null) = (role <> 'supplier')
    ),
    constraint staff_password_hash_ck check (password_hash like '$argon2id$%')
);

comment on table staff is 'Who may sign in to the portal.';
comment on column staff.password_hash is 'argon2id with its parameters and salt, as a PHC string.';

create table session (
    token_hash   bytea       not null,
    staff_id     uuid        not null,
    created_time timestamptz not null,
    expiry_time  timestamptz not null,
    constraint session_pk primary key (token_hash),
    constraint session_staff_fk foreign key (staff_id) references staff (staff_id) on delete cascade,
    constraint session_token_hash_ck check (octet_length(token_hash) = 32),
    constraint session_expiry_time_ck check (expiry_time > created_time)
);

create index session_staff_ix on session (staff_id);
create index session_expiry_time_ix on session (expiry_time);

comment on table session is 'Who is signed in. The secret itself is in the browser only.';
comment on column session.token_hash is 'SHA-256 of the 32 random bytes of the secret: a copy of this table opens nothing.';
comment on column session.expiry_time is 'By the clock of the service, as created_time.';

create table sign_in_failure (
    login       text        not null,
    failed_time timestamptz not null default now()
);

create index sign_in_failure_ix on sign_in_failure (login, failed_time);
create index sign_in_failure_time_ix on sign_in_failure (failed_time);

comment on table sign_in_failure is 'Wrong passwords of the last quarter of an hour, for names with and without an account alike.';
comment on column sign_in_failure.failed_time is 'By the clock of the database: guessing is slowed down in real time.';
