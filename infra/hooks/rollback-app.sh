#!/usr/bin/env bash
# Puts the kept package back: the last one that ran and had passed its smoke test.
#
# It is published as built, without a remote build, which `az functionapp deployment source config-zip`
# always does for Python.
source "$(dirname "$0")/common.sh"
source infra/hooks/packages.sh
need AZURE_RESOURCE_GROUP OPAL_FUNCTION_APP OPAL_HOST_STORAGE
same_subscription

if outside; then
  fail "Storage answers only inside the private network. From there: OPAL_INSIDE_NETWORK=true $0"
fi
etag=$(attempt 5 30 kept_etag)
[[ -n $etag ]] || fail "No package is kept. Deploy an earlier commit instead: git switch --detach …, azd deploy"
python_ready
private_folder
on_host_storage blob download --container-name "$kept" --name "$previous" --file "$private/$previous" \
  --no-progress --output none
host=$(az functionapp show --resource-group "$AZURE_RESOURCE_GROUP" --name "$OPAL_FUNCTION_APP" \
  --query "(properties.hostNameSslStates || hostNameSslStates)[?hostType=='Repository'].name | [0]" --output tsv)
[[ -n $host ]] || fail "The function app $OPAL_FUNCTION_APP has no address to publish to."
say "Publishing the kept package."
az account get-access-token --query accessToken --output tsv |
  .venv/bin/python -m release.publish --host "$host" --package "$private/$previous"
say "The kept package runs. To test it: infra/hooks/smoke.sh"
