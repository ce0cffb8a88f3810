#!/usr/bin/env bash
# Before everything is deleted: the endpoint with its machines, and the workspace for good. A workspace
# that goes with its resource group is only soft-deleted, and in the way of the next one of its name.
source "$(dirname "$0")/common.sh"
load_values
if [[ -z ${AZURE_RESOURCE_GROUP:-} || -z ${OPAL_ML_WORKSPACE:-} ]]; then
  say "Nothing is provisioned, so nothing has to go first."
  exit 0
fi
same_subscription
there=$(az group exists --name "$AZURE_RESOURCE_GROUP" --output tsv)
if [[ $there != true ]]; then
  say "The resource group $AZURE_RESOURCE_GROUP is gone already."
  exit 0
fi

workspaces=$(az ml workspace list --resource-group "$AZURE_RESOURCE_GROUP" --query "[].name" --output tsv)
if grep --quiet --line-regexp "$OPAL_ML_WORKSPACE" <<<"$workspaces"; then
  in_workspace=(--workspace-name "$OPAL_ML_WORKSPACE" --resource-group "$AZURE_RESOURCE_GROUP")
  endpoints=$(az ml online-endpoint list "${in_workspace[@]}" --query "[].name" --output tsv)
  for endpoint in $endpoints; do
    say "Deleting the endpoint $endpoint with its deployments; this takes some minutes."
    az ml online-endpoint delete --name "$endpoint" "${in_workspace[@]}" --yes --output none
  done
  say "Deleting the workspace $OPAL_ML_WORKSPACE for good."
  az ml workspace delete --name "$OPAL_ML_WORKSPACE" --resource-group "$AZURE_RESOURCE_GROUP" \
    --permanently-delete --yes --output none
fi
infra/hooks/remove-caller-role.sh
say "The vault and the logs are deleted for good by: azd down --purge"
