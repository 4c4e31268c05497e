#!/bin/sh
# One nightly audit: recorded, with the newest page and metrics beside the store. The database is named by
# PGAUDIT_DATABASE_URL or libpq's variables, its password by PGPASSFILE: never on a command line.
set -eu
folder=${PGAUDIT_REPORTS:-$(dirname "${PGAUDIT_STORE:?names the store}")}
status=0
pgaudit scan --record --store "$PGAUDIT_STORE" --record-as "${PGAUDIT_RECORD_AS:-app}" --fail-on-new \
    --format concise --output "html=$folder/latest.html" --output "prometheus=$folder/pgaudit.prom" || status=$?
# Findings are an answer, not a failure of the night: they are in the report, in the store and in notifications.
[ "$status" -eq 1 ] && status=0
exit "$status"
