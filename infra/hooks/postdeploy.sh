#!/usr/bin/env bash
# After the app is deployed: what can only be made now. The model endpoint where it has none, the
# subscription to blob events, the first API key; then the smoke test.
source "$(dirname "$0")/common.sh"
need AZURE_RESOURCE_GROUP OPAL_FUNCTION_APP OPAL_PHOTO_STORAGE OPAL_EVENT_TOPIC OPAL_ML_WORKSPACE OPAL_ML_ENDPOINT
same_subscription

# The host tells its functions only once it has started with the new package.
functions_are_known() {
  local names
  names=$(az functionapp function list --resource-group "$AZURE_RESOURCE_GROUP" --name "$OPAL_FUNCTION_APP" \
    --query "[].name" --output tsv) || return
  grep --quiet --line-regexp "$OPAL_FUNCTION_APP/blob_created" <<<"$names" && return
  echo "Azure does not list the function blob_created of $OPAL_FUNCTION_APP." >&2
  return 1
}

# How many deployments get calls. One that failed on its way gets none, and is made anew.
answering() {
  az ml online-endpoint show --name "$OPAL_ML_ENDPOINT" --workspace-name "$OPAL_ML_WORKSPACE" \
    --resource-group "$AZURE_RESOURCE_GROUP" --output tsv \
    --query "length(values(not_null(traffic, \`{}\`))[?@ > \`0\`])"
}

# Its template reads the key of the webhook from the app, so that no script sees it.
subscribe_to_events() {
  az deployment group create --name opal-events --resource-group "$AZURE_RESOURCE_GROUP" \
    --template-file infra/events.bicep --parameters functionAppName="$OPAL_FUNCTION_APP" \
    topicName="$OPAL_EVENT_TOPIC" photosName="$OPAL_PHOTO_STORAGE" --output none
}

say "Waiting for the app's functions."
attempt 40 15 functions_are_known ||
  fail "The app did not start with this package. Its log is in Application Insights; then: azd deploy"
# The deployment workflow has steps of its own for the endpoint and the smoke test.
if [[ ${OPAL_PIPELINE:-false} != true ]]; then
  count=$(answering)
  if [[ $count == 0 ]]; then
    infra/hooks/deploy-endpoint.sh
  else
    say "The model endpoint answers; infra/hooks/deploy-endpoint.sh deploys other models."
  fi
fi
say "Subscribing the app to new photos."
attempt 5 30 subscribe_to_events || fail "Event Grid did not reach the app. Try again: azd hooks run postdeploy"
infra/hooks/first-key.sh
[[ ${OPAL_PIPELINE:-false} == true ]] || infra/hooks/smoke.sh
