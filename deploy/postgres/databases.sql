-- Run once, by the superuser, on an empty server: one database and one role per service, each owner of its own and
-- stranger to the others'. The tables of checkout have an owner of their own: the role that serves can neither change what is
-- sealed nor drop what guards it. The passwords are read by the server from files that only it and the service can read: who
-- has one here has a role here, and in a shop of its own that is checkout with its owner alone.

set log_min_error_statement = panic; -- a failing statement would otherwise be logged with its password

select format('create role %I login password %L', service, trim(both e' \r\n' from pg_read_file('/run/secrets/postgres/' || service || '.password')))
  from pg_ls_dir('/run/secrets/postgres') as file, split_part(file, '.', 1) as service
 where service <> 'superuser'
\gexec

select format('create database %I owner %I', service, case service when 'checkout' then 'checkout_owner' else service end)
  from pg_ls_dir('/run/secrets/postgres') as file, split_part(file, '.', 1) as service
 where service not in ('superuser', 'checkout_owner')
\gexec

-- PostgreSQL lets everybody connect to every database unless told otherwise.
select format('revoke all on database %I from public', datname)
  from pg_database
\gexec

select format('grant connect on database %1$I to %1$I', 'checkout')
\gexec
