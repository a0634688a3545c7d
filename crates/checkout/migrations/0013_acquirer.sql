-- Files of the bank that collects the card payments, and the payments that they settled.

create table acquirer_file (
    file_sha256   bytea       not null,
    imported_time timestamptz not null,
    imported_by   text        not null,
    report        jsonb       not null,
    constraint acquirer_file_pk primary key (file_sha256),
    constraint acquirer_file_sha256_ck check (octet_length(file_sha256) = 32)
);

comment on table acquirer_file is 'Files that were imported, one row each, with what came of them. The files themselves are not kept.';
comment on column acquirer_file.file_sha256 is 'Of the text and of the settings it was read with: the same again changes nothing.';
comment on column acquirer_file.report is 'What was answered: numbers, tills, amounts and times; nothing of a card or a person.';

create trigger acquirer_file_is_final before update or delete or truncate on acquirer_file
    for each statement execute function refuse_change();

alter table intervention
    add column acquirer_file_sha256 bytea,
    add constraint intervention_acquirer_file_fk foreign key (acquirer_file_sha256) references acquirer_file (file_sha256),
    drop constraint intervention_answered_ck,
    add constraint intervention_answered_ck check (
        (answered_time is null) = (decision is null)
        and (answered_by is null) = (decision is null or decision = 'withdrawn' or acquirer_file_sha256 is not null)
    );

comment on column intervention.acquirer_file_sha256 is 'The file that settled it as made, where no person did.';

create table acquirer_settlement (
    row_sha256      bytea not null,
    intervention_id uuid  not null,
    constraint acquirer_settlement_pk primary key (row_sha256),
    constraint acquirer_settlement_intervention_uq unique (intervention_id),
    constraint acquirer_settlement_intervention_fk foreign key (intervention_id) references intervention (intervention_id),
    constraint acquirer_settlement_row_ck check (octet_length(row_sha256) = 32)
);

comment on table acquirer_settlement is 'Which row settled which payment: no row two of them, and no payment twice, whichever files list it.';

create trigger acquirer_settlement_is_final before update or delete or truncate on acquirer_settlement
    for each statement execute function refuse_change();

create table acquirer_finding (
    intervention_id uuid not null,
    finding         text not null,
    constraint acquirer_finding_pk primary key (intervention_id),
    constraint acquirer_finding_intervention_fk foreign key (intervention_id) references intervention (intervention_id),
    constraint acquirer_finding_ck check (finding in ('absent', 'unclear'))
);

comment on table acquirer_finding is 'What the last file that told of it says of a payment that goes on waiting: a hint for the person who settles it.';

-- Sales are written in the order of their times, so that this costs next to nothing.
create index sale_completed_ix on sale using brin (completed_time);
