#!/usr/bin/env bash
# Before anything is made: are the tools and logins there, may this subscription and region hold OPAL,
# and who deploys?
source "$(dirname "$0")/common.sh"

# Those of infra/ and, for the machines of an online endpoint, Microsoft.Cdn and Microsoft.PolicyInsights.
providers=(
  Microsoft.App Microsoft.Cdn Microsoft.Consumption Microsoft.ContainerRegistry Microsoft.DocumentDB
  Microsoft.DurableTask Microsoft.EventGrid Microsoft.Insights Microsoft.KeyVault
  Microsoft.MachineLearningServices Microsoft.ManagedIdentity Microsoft.Network
  Microsoft.OperationalInsights Microsoft.PolicyInsights Microsoft.Storage Microsoft.Web
)

tools_and_logins() {
  local tool status
  for tool in az azd make python3.11 sha256sum; do
    command -v "$tool" >/dev/null || fail "$tool is not installed. docs/deploy.md lists what is needed."
  done
  # Its exit status is 0 in any case.
  status=$(azd auth login --check-status --output json) || fail "azd does not say whether it is logged in."
  grep --quiet '"status": *"success"' <<<"$status" || fail "azd is not logged in: azd auth login"
  need AZURE_ENV_NAME AZURE_LOCATION
  same_subscription
  az extension show --name ml --output none 2>/dev/null ||
    fail "az lacks its extension for Azure ML: az extension add --name ml"
}

register_providers() {
  local provider registered
  registered=$(az provider list --query "[?registrationState=='Registered'].namespace" --output tsv)
  for provider in "${providers[@]}"; do
    grep --quiet --ignore-case --line-regexp "$provider" <<<"$registered" && continue
    say "Registering the resource provider $provider, once for this subscription."
    az provider register --namespace "$provider" --wait --output none
  done
}

# offers WHAT LOCATIONS: whether AZURE_LOCATION is among them, however they are spelt.
offers() {
  tr -d ' ' <<<"$2" | grep --quiet --ignore-case --line-regexp "$AZURE_LOCATION" ||
    fail "$AZURE_LOCATION has no $1. Choose another region: azd env set AZURE_LOCATION …"
}

check_region() {
  local regions
  regions=$(az functionapp list-flexconsumption-locations --query "[].name" --output tsv)
  offers "Flex Consumption plan" "$regions"
  [[ ${OPAL_DURABLE_BACKEND:-scheduler} != storage ]] || return 0
  regions=$(az provider show --namespace Microsoft.DurableTask \
    --query "resourceTypes[?resourceType=='schedulers'].locations[]" --output tsv)
  offers "Durable Task Scheduler (storage can do its work: azd env set OPAL_DURABLE_BACKEND storage)" "$regions"
}

# preset NAME VALUE: unless there is one already.
preset() {
  [[ -z ${!1:-} ]] || return 0
  azd env set "$1" "$2"
  say "Set $1 to $2."
}

# The id of whoever is logged in stands in the token, which anybody may have without asking the directory.
deployer_id() {
  az account get-access-token --query accessToken --output tsv | python3.11 -c '
import base64, json, sys
claims = sys.stdin.read().split(".")[1]
print(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["oid"])'
}

tools_and_logins
register_providers
check_region
kind=$(az account show --query user.type --output tsv)
preset AZURE_PRINCIPAL_TYPE "$([[ $kind == user ]] && echo User || echo ServicePrincipal)"
id=$(deployer_id)
preset AZURE_PRINCIPAL_ID "$id"
preset OPAL_TIER dev
# A budget must begin in the month that it is made in, and never changes that; without an address there is none.
[[ -z ${OPAL_ALERT_EMAIL:-} || ${OPAL_MONTHLY_BUDGET:-} == 0 ]] || preset OPAL_BUDGET_START "$(date -u +%Y-%m-01)"
if [[ ${OPAL_TIER:-dev} == prod ]]; then
  machine=$(sed -n 's/^instance_type: //p' infra/ml/deployment-gpu.yml)
  say "prod runs the models on $machine, of which Azure ML must have quota in $AZURE_LOCATION (docs/deploy.md)."
fi
infra/hooks/note-live-colour.sh
say "Ready to provision $AZURE_ENV_NAME in $AZURE_LOCATION."
