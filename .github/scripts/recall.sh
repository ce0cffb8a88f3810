#!/usr/bin/env bash
# Tells a fresh azd environment what one that was kept would know: what is provisioned, which
# deployment of the endpoint gets the calls, and when the budget began, which cannot be changed.
# Asked of Azure, and not only of azd, because azd knows no outputs after a provisioning that failed.
set -euo pipefail

group="rg-opal-$AZURE_ENV_NAME" # as infra/main.bicep names it
if [[ $(az group exists --name "$group") != true ]]; then
  echo "Nothing is provisioned yet."
  exit 0
fi
azd env refresh --no-prompt

endpoint=$(az resource list --resource-group "$group" --query "[0].name" --output tsv \
  --resource-type Microsoft.MachineLearningServices/workspaces/onlineEndpoints)
if [[ $endpoint == */* ]]; then
  azd env set AZURE_RESOURCE_GROUP "$group"
  azd env set OPAL_ML_WORKSPACE "${endpoint%%/*}"
  azd env set OPAL_ML_ENDPOINT "${endpoint#*/}"
  infra/hooks/note-live-colour.sh
fi

scope="subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$group"
began=$(az rest --method get --query "value[0].properties.timePeriod.startDate" --output tsv \
  --url "https://management.azure.com/$scope/providers/Microsoft.Consumption/budgets?api-version=2023-11-01")
if [[ $began == 20*-*-* ]]; then
  azd env set OPAL_BUDGET_START "${began%%T*}"
fi
