#!/usr/bin/env bash
# After provisioning: makes the key that seals secrets in the store, where the vault has none.
#
# It goes through the resource manager, which also reaches a vault in a private network and never
# gives the value back.
source "$(dirname "$0")/common.sh"
need AZURE_RESOURCE_GROUP OPAL_KEY_VAULT OPAL_FUNCTION_APP_ID
same_subscription

vault="/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$AZURE_RESOURCE_GROUP"
vault+="/providers/Microsoft.KeyVault/vaults/$OPAL_KEY_VAULT"
version="api-version=2023-07-01"

found=$(az rest --method get --url "$vault/secrets?$version" \
  --query "length(value[?name=='secret-keys'])" --output tsv)
if [[ $found == 0 ]]; then
  private_folder
  printf '{"properties": {"value": "%s"}}' "$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')" \
    >"$private/secret.json"
  az rest --method put --url "$vault/secrets/secret-keys?$version" --body "@$private/secret.json" --output none
  say "Made secret-keys in the vault $OPAL_KEY_VAULT."
else
  say "The vault has secret-keys; they stay."
fi
# Without this the app might look at what it found in the vault before for another day.
az rest --method post --output none \
  --url "$OPAL_FUNCTION_APP_ID/config/configreferences/appsettings/refresh?api-version=2022-03-01"
