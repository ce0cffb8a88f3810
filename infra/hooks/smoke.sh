#!/usr/bin/env bash
# Tests what is deployed with one photo, and notes that the package that runs has passed. Takes the
# options of `python -m release.smoke`; the key is OPAL_API_KEY, or the first one from the vault.
source "$(dirname "$0")/common.sh"
source infra/hooks/packages.sh
need AZURE_RESOURCE_GROUP OPAL_URL OPAL_KEY_VAULT OPAL_FUNCTION_APP OPAL_HOST_STORAGE
same_subscription
python_ready

if outside; then
  say "Only health is tested: vault and storage answer only inside the private network. From there:"
  say "  OPAL_INSIDE_NETWORK=true infra/hooks/smoke.sh"
  exec .venv/bin/python -m release.smoke --url "$OPAL_URL" --quick
fi

first_key() {
  az keyvault secret show --vault-name "$OPAL_KEY_VAULT" --name first-tenant-key --query value --output tsv
}
if [[ -z ${OPAL_API_KEY:-} ]]; then
  OPAL_API_KEY=$(attempt 5 30 first_key) || fail "The vault gives no first-tenant-key: infra/hooks/first-key.sh"
  export OPAL_API_KEY
fi
.venv/bin/python -m release.smoke --url "$OPAL_URL" "$@"
[[ " $* " != *" --quick "* ]] || exit 0

note_proven() {
  local etag
  etag=$(released_etag) || return
  on_host_storage container metadata update --name "$kept" --metadata "proven=$etag" --output none
}
attempt 5 30 note_proven || fail "The test passed, but that could not be noted, so this package would not be kept."
say "This package is one to go back to."
