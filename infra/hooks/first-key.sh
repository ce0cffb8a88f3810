#!/usr/bin/env bash
# Makes the first API key and keeps it in the vault, where the vault has none. OPAL_FIRST_TENANT (demo)
# is whose it is.
source "$(dirname "$0")/common.sh"
need OPAL_KEY_VAULT OPAL_COSMOS_ENDPOINT OPAL_COSMOS_DATABASE OPAL_PHOTO_STORAGE OPAL_URL
same_subscription
tenant=${OPAL_FIRST_TENANT:-demo}

if outside; then
  say "No first key is made: database and vault answer only inside the private network. From there:"
  say "  OPAL_INSIDE_NETWORK=true infra/hooks/first-key.sh"
  exit 0
fi

# Roles that were just assigned take some minutes until they hold.
keys_in_vault() {
  az keyvault secret list --vault-name "$OPAL_KEY_VAULT" \
    --query "length([?name=='first-tenant-key'])" --output tsv
}
found=$(attempt 20 30 keys_in_vault)
if [[ $found != 0 ]]; then
  say "The vault has first-tenant-key; it stays."
  exit 0
fi

python_ready
private_folder
repository=$PWD

# The command line on the app's database, with the az login of whoever deploys. It runs in an empty
# folder, so that no local.settings.json has a say. Photos and models are not asked, but named,
# because settings are whole or refused.
operator() {
  cd "$private" && AZURE_TOKEN_CREDENTIALS=AzureCliCredential PYTHONPATH=$repository \
    OPAL_STATE=cosmos OPAL_COSMOS_ENDPOINT=$OPAL_COSMOS_ENDPOINT OPAL_COSMOS_DATABASE=$OPAL_COSMOS_DATABASE \
    OPAL_STORAGE__blobServiceUri="https://$OPAL_PHOTO_STORAGE.blob.core.windows.net" OPAL_ENDPOINT_URL=$OPAL_URL \
    "$repository/.venv/bin/python" -m opal "$@"
}
make_key() { (operator keys create --tenant "$tenant" --role admin --name first | tr -d '\n' >"$private/key"); }
grant_credits() {
  (operator credits grant --tenant "$tenant" --amount 100 --ref first-deployment --reason "smoke tests" >/dev/null)
}
store_key() {
  az keyvault secret set --vault-name "$OPAL_KEY_VAULT" --name first-tenant-key \
    --file "$private/key" --encoding utf-8 --output none
}

attempt 20 30 make_key || fail "The database takes no key from this login. Try again: infra/hooks/first-key.sh"
if ! { [[ ${OPAL_BILLING_ENABLED:-false} != true ]] || grant_credits; } || ! store_key; then
  # A key that nobody has must not stay valid; the next run makes another.
  (operator keys revoke --tenant "$tenant" "$(cut -d. -f3 "$private/key")" >/dev/null)
  fail "The first key could not be kept, and is revoked. Try again: infra/hooks/first-key.sh"
fi
say "Made the first key, of tenant $tenant with role admin. To see it:"
say "  az keyvault secret show --vault-name $OPAL_KEY_VAULT --name first-tenant-key --query value --output tsv"
