-- Frozen baskets whose machine was replaced: what is known of their payments, and what a machine of the till has heard.

alter table basket
    add column begun_generation     bigint,
    add column told_intervention_id uuid;

create index basket_frozen_ix on basket (terminal_code) where state = 'frozen';

comment on column basket.begun_generation is 'The generation of the till that began its payment last; null for one that began before this was kept.';
comment on column basket.told_intervention_id is 'The answer of a person that its till was told last: the till may have acted on it, and gone on.';
