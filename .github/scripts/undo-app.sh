#!/usr/bin/env bash
# Puts the kept package back, unless what runs has passed its smoke test: then this job failed before
# it changed anything, and the kept package is an older one.
# shellcheck source=/dev/null
source "$(dirname "$0")/../../infra/hooks/common.sh"
# shellcheck source=/dev/null
source infra/hooks/packages.sh
need AZURE_RESOURCE_GROUP OPAL_FUNCTION_APP OPAL_HOST_STORAGE

if ! outside; then
  released=$(attempt 5 30 released_etag)
  proven=$(attempt 5 30 proven_etag)
  if [[ -n $released && $released == "$proven" ]]; then
    say "The package that runs is the one that passed its smoke test; it stays."
    exit 0
  fi
fi
infra/hooks/rollback-app.sh
