#!/usr/bin/env bash
# After the endpoint is deleted: deletes the role that let the app call it. A role belongs to the tenant,
# and would outlive the resource group.
source "$(dirname "$0")/common.sh"
need AZURE_RESOURCE_GROUP
same_subscription

scope="/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$AZURE_RESOURCE_GROUP"
roles=$(az role definition list --custom-role-only true --scope "$scope" --output tsv \
  --query "[?starts_with(roleName, 'OPAL endpoint caller')].roleName")
while IFS= read -r role; do
  [[ -n $role ]] || continue
  # Azure forgets the assignments of what was deleted only after a while, and deletes no role that has any.
  attempt 10 30 az role definition delete --name "$role" --scope "$scope" --output none ||
    fail "The role '$role' is still assigned. Delete it later: az role definition delete --name '$role' --scope $scope"
  say "Deleted the role '$role'."
done <<<"$roles"
