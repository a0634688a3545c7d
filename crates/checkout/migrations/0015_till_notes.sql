-- What was paid in part goes back as a whole: less than the amount is no trouble of its own any more. And tills note what somebody is
-- to look into while they go on.
alter table intervention drop constraint intervention_kind_ck;
update intervention set answered_time = now(), decision = 'withdrawn' where kind = 'payment_partial' and answered_time is null;
alter table intervention add constraint intervention_kind_ck check (
    kind in (
        'payment_unknown', 'give_back', 'sale_refused', 'approval', 'help', 'unknown_code', 'abandoned', 'audit', 'late_answer',
        'slip_refused'
    )
) not valid;

comment on constraint intervention_kind_ck on intervention is 'Of what waits from now on; earlier rows may say payment_partial.';
