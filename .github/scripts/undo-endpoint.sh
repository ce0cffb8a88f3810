#!/usr/bin/env bash
# Gives the calls back to the deployment of the endpoint that had them before this job, if they moved.
#
#   undo-endpoint.sh BEFORE    blue, green, or empty where there was none
set -euo pipefail

before=${1-}
infra/hooks/note-live-colour.sh
now=$(.github/scripts/live-colour.sh)
if [[ -z $before ]]; then
  echo "There was no deployment before; there is nothing to go back to."
elif [[ $now == "$before" ]]; then
  echo "The calls go to $before, as before."
else
  infra/hooks/rollback-endpoint.sh
fi
