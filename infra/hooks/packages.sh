# shellcheck shell=bash
# The app's packages, for the hooks that keep one and put one back; sourced after common.sh.
#
# Flex Consumption runs released-package.zip of its deployment container, which holds the built app.
# In a container of ours lies the one to go back to; which package passed the smoke test is noted there
# by its ETag.
kept="kept-packages"
previous=previous.zip

on_host_storage() { az storage "$@" --account-name "$OPAL_HOST_STORAGE" --auth-mode login; }

# The address of the deployment container.
deployment_container() {
  az functionapp deployment config show --resource-group "$AZURE_RESOURCE_GROUP" --name "$OPAL_FUNCTION_APP" \
    --query storage.value --output tsv
}

# The ETag of the package that runs; nothing before the first deployment.
released_etag() {
  local container there
  container=$(deployment_container) || return
  there=$(on_host_storage blob exists --container-name "${container##*/}" --name released-package.zip \
    --query exists --output tsv) || return
  [[ $there == true ]] || return 0
  on_host_storage blob show --container-name "${container##*/}" --name released-package.zip \
    --query properties.etag --output tsv | tr -d '"'
}

# The ETag of the package that passed the smoke test last.
proven_etag() {
  on_host_storage container metadata show --name "$kept" --query "proven || ''" --output tsv
}

# The ETag that the kept package had when it ran; nothing where none is kept.
kept_etag() {
  local there
  there=$(on_host_storage blob exists --container-name "$kept" --name "$previous" --query exists --output tsv) ||
    return
  [[ $there == true ]] || return 0
  on_host_storage blob show --container-name "$kept" --name "$previous" --query metadata.etag --output tsv
}
