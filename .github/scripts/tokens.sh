#!/usr/bin/env bash
# Logs azd in with the job's token, and has az fetch the access tokens that the hooks will need.
set -euo pipefail

azd auth login --client-id "$AZURE_CLIENT_ID" --tenant-id "$AZURE_TENANT_ID" \
  --federated-credential-provider github
for resource in https://management.azure.com https://ml.azure.com https://vault.azure.net \
  https://storage.azure.com; do
  az account get-access-token --resource "$resource" --output none
done
# Each Cosmos DB account is a resource of its own, and not there before the first provisioning.
if cosmos=$(azd env get-value OPAL_COSMOS_ENDPOINT 2>/dev/null) && [[ $cosmos == https://* ]]; then
  cosmos=${cosmos%/}
  az account get-access-token --resource "${cosmos%:443}" --output none
fi
