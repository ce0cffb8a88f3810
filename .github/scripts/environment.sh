#!/usr/bin/env bash
# Makes azd's environment on a fresh machine: AZURE_ENV_NAME, in AZURE_SUBSCRIPTION_ID and
# AZURE_LOCATION, with those of the named variables that have a value. One without a value is left
# out, so that the default of infra/main.bicepparam holds.
#
#   environment.sh NAME…
set -euo pipefail

azd env new "$AZURE_ENV_NAME" \
  --subscription "$AZURE_SUBSCRIPTION_ID" --location "$AZURE_LOCATION" --no-prompt
for name in "$@"; do
  value=${!name-}
  if [[ -n $value ]]; then
    azd env set "$name" "$value"
    echo "Set $name."
  fi
done
