-- Tills that were taken out of their store.

alter table terminal
    add column removed boolean not null default false;

comment on column terminal.removed is 'It sells no more, and stays locked. Its journal, its sales and their refunds stay under its code, which no other store ever takes.';
