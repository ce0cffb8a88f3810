#!/usr/bin/env bash
# Before the app is deployed: keeps the package that runs, to go back to, if it passed its smoke test.
source "$(dirname "$0")/common.sh"
source infra/hooks/packages.sh
need AZURE_RESOURCE_GROUP OPAL_FUNCTION_APP OPAL_HOST_STORAGE
same_subscription

if outside; then
  say "The package that runs is not kept: storage answers only inside the private network. From there:"
  say "  OPAL_INSIDE_NETWORK=true infra/hooks/predeploy.sh"
  exit 0
fi

released=$(attempt 10 30 released_etag)
if [[ -z $released ]]; then
  say "Nothing runs yet, so no package is kept."
  exit 0
fi
proven=$(attempt 10 30 proven_etag)
if [[ $released != "$proven" ]]; then
  say "What runs has not passed the smoke test; the package kept before stays the one to go back to."
  exit 0
fi
kept_now=$(kept_etag)
if [[ $released == "$kept_now" ]]; then
  say "The package that runs is kept already."
  exit 0
fi

copied() {
  [[ $(on_host_storage blob show --container-name "$kept" --name "$previous" \
    --query properties.copy.status --output tsv) == success ]]
}
container=$(deployment_container)
on_host_storage blob copy start --source-uri "$container/released-package.zip" \
  --destination-container "$kept" --destination-blob "$previous" --metadata "etag=$released" --output none
attempt 30 10 copied || fail "The package that runs could not be copied to $kept/$previous."
say "Kept the package that runs as $kept/$previous."
