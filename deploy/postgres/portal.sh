#!/bin/sh
# When the database is made: its owner, who is no superuser. The portal connects as sslportal and may do no more than it must.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `cat /run/secrets/database_password`
CREATE ROLE sslportal LOGIN PASSWORD :'password';
CREATE DATABASE sslportal OWNER sslportal;
SQL
