#!/usr/bin/env bash
# Makes every service's database and its three roles, or brings their passwords up to date. Does nothing twice.
#
# /run/secrets/postgres_roles holds lines `<service>_<role> <password>`. As on one machine: `<service>_owner` owns the
# database and migrates it, `<service>_app` serves and owns nothing, `<service>_verify` reads past row-level security.
# Nobody can connect to a neighbour's database. Passwords go through standard input, never through an argument.
set -euo pipefail

export PGHOST=${PGHOST:-postgres} PGUSER=postgres PGDATABASE=postgres
PGPASSWORD=$(< /run/secrets/postgres_superuser)
export PGPASSWORD

{
  echo '\set ON_ERROR_STOP on'
  echo 'SET log_statement = none;'
  while read -r name password; do
    [ -n "$name" ] || continue
    echo "\\set name '$name'"
    echo "\\set password '$password'"
    [[ $name == *_verify ]] && echo "\\set bypass BYPASSRLS" || echo "\\set bypass NOBYPASSRLS"
    cat << 'SQL'
SELECT format('CREATE ROLE %I', :'name') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" LOGIN :bypass PASSWORD :'password';
SQL
    [[ $name == *_verify ]] && echo 'GRANT pg_read_all_data TO :"name";'
  done < /run/secrets/postgres_roles
  for service in $(sed -n 's/_owner .*//p' /run/secrets/postgres_roles); do
    echo "\\set service $service"
    echo "\\set owner ${service}_owner"
    echo "\\set app ${service}_app"
    echo "\\set verify ${service}_verify"
    cat << 'SQL'
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0', :'service', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"app", :"verify";
SQL
  done
} | psql --quiet --no-psqlrc --output=/dev/null
