-- Run once, by the superuser, on an empty server: one database and one role per service, each owner of its own and
-- stranger to the others'. The passwords are read by the server from files that only it and the service can read.

set log_min_error_statement = panic; -- a failing statement would otherwise be logged with its password

select format('create role %I login password %L', service, trim(both e' \r\n' from pg_read_file('/run/secrets/postgres/' || service || '.password')))
  from unnest(array['checkout', 'membership', 'receipt', 'reviews', 'analytics']) as service
\gexec

select format('create database %1$I owner %1$I', service)
  from unnest(array['checkout', 'membership', 'receipt', 'reviews', 'analytics']) as service
\gexec

-- PostgreSQL lets everybody connect to every database unless told otherwise.
select format('revoke all on database %I from public', datname)
  from pg_database
\gexec
