#!/usr/bin/env bash
# Before provisioning: notes in azd's environment which deployment of the model endpoint gets the calls.
# Provisioning writes the endpoint as a whole (infra/app/endpoint.bicep), and would take them away.
source "$(dirname "$0")/common.sh"
need AZURE_ENV_NAME
same_subscription

# By its tag: where this environment was never provisioned from, as in a pipeline, it knows no name.
id=$(az resource list --tag "azd-env-name=$AZURE_ENV_NAME" --output tsv \
  --query "[?contains(id, '/onlineEndpoints/') && !contains(id, '/deployments/')].id | [0]")
live=""
if [[ -n $id ]]; then
  shares=$(az rest --method get --url "$id?api-version=2025-06-01" --output tsv --query \
    "join(' ', [to_string(not_null(properties.traffic.blue, \`0\`)), to_string(not_null(properties.traffic.green, \`0\`))])")
  read -r blue green <<<"$shares"
  ((blue == 0 || green == 0)) ||
    fail "blue gets $blue % of the model endpoint's calls and green $green %. Give one of them all before provisioning."
  if ((blue > 0)); then live=blue; elif ((green > 0)); then live=green; fi
fi
[[ ${OPAL_ML_LIVE:-} == "$live" ]] || azd env set OPAL_ML_LIVE "$live"
say "Calls of the model endpoint go to ${live:-nothing yet}."
