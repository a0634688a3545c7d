create table thing (name text primary key);
insert into thing values ('made by the migration');
