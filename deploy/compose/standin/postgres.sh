#!/bin/bash
# What the official image's entry point does with the settings that docker-compose.yml gives it.
set -euo pipefail
cluster=/var/lib/postgresql/18/docker
as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)

if [ ! -s "$cluster/PG_VERSION" ]; then
  install -d -o postgres -g postgres "$(dirname "$cluster")"
  read -ra arguments <<< "${POSTGRES_INITDB_ARGS:-}"
  "${as_postgres[@]}" initdb --pgdata="$cluster.new" --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" "${arguments[@]}"
  echo "host all all all scram-sha-256" >> "$cluster.new/pg_hba.conf"
  mv "$cluster.new" "$cluster"
fi
exec "${as_postgres[@]}" "$@" -D "$cluster" -c "listen_addresses=*" -c unix_socket_directories=/tmp
