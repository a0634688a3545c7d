-- Which machine each till is, and what is wrong with it.

alter table till_presence
    add column instance_id        uuid,
    add column generation         bigint      not null default 0,
    add column place              text        not null default '',
    add column claimed_time       timestamptz,
    add column contested_time     timestamptz,
    add column findings           text[]      not null default '{}',
    add column unprinted_sequence bigint      not null default 0,
    add constraint till_presence_generation_ck check (generation >= 0),
    add constraint till_presence_claimed_ck check (instance_id is null or (claimed_time is not null and generation > 0)),
    add constraint till_presence_unprinted_ck check (unprinted_sequence >= 0);

comment on column till_presence.instance_id is 'The journal that is the till; null when nobody ever claimed it, or an operator released it.';
comment on column till_presence.generation is 'Grows with every claim that is granted, and never falls: an older one is that of a copied or a restored disk.';
comment on column till_presence.place is 'Where that journal lies: the boot of the machine, and the file.';
comment on column till_presence.claimed_time is 'When it was granted last, by the database''s own clock.';
comment on column till_presence.contested_time is 'When another machine was last refused, by the database''s own clock.';
comment on column till_presence.findings is 'What the till says is wrong with it.';
comment on column till_presence.unprinted_sequence is 'The number of a ticket that was wanted on paper and was not printed; 0 when there is none.';
