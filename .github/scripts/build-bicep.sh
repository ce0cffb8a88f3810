#!/usr/bin/env bash
# Compiles every template that is deployed by itself, and the parameter files, with Bicep's compiler.
# Its warnings are shown; its errors fail.
set -euo pipefail
cd "$(dirname "$0")/../.."

AZURE_ENV_NAME=check AZURE_LOCATION=westeurope AZURE_PRINCIPAL_ID=00000000-0000-0000-0000-000000000000
export AZURE_ENV_NAME AZURE_LOCATION AZURE_PRINCIPAL_ID
for file in infra/*.bicep; do
  echo "$file"
  bicep build "$file" --stdout >/dev/null
done
for file in infra/*.bicepparam; do
  echo "$file"
  bicep build-params "$file" --stdout >/dev/null
done
