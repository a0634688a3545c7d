-- Run once, by the superuser, on an empty server: one database and one role per service, each owner of its own and
-- stranger to the others'. The passwords are read by the server from files that only it and the service can read: who has
-- one here has a database here, which in a shop of its own is checkout alone.

set log_min_error_statement = panic; -- a failing statement would otherwise be logged with its password

select format('create role %I login password %L', service, trim(both e' \r\n' from pg_read_file('/run/secrets/postgres/' || service || '.password')))
  from pg_ls_dir('/run/secrets/postgres') as file, split_part(file, '.', 1) as service
 where service <> 'superuser'
\gexec

select format('create database %1$I owner %1$I', service)
  from pg_ls_dir('/run/secrets/postgres') as file, split_part(file, '.', 1) as service
 where service <> 'superuser'
\gexec

-- PostgreSQL lets everybody connect to every database unless told otherwise.
select format('revoke all on database %I from public', datname)
  from pg_database
\gexec
