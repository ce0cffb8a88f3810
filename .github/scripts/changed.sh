#!/usr/bin/env bash
# Which parts must be deployed: compares the commit that was deployed last with the one to deploy.
#
#   changed.sh DEPLOYED [COMMIT]
#
# Prints infra=, app= and endpoint=, each true or false. Without a DEPLOYED commit, or when history no
# longer has it, everything counts as changed.
set -euo pipefail

deployed=${1-}
commit=${2:-HEAD}

# The templates and what they load, and what happens around provisioning.
infra=(
  azure.yaml host.json opal/state/containers.json
  ':(glob)infra/*.bicep' ':(glob)infra/*.bicepparam' infra/app infra/queries
  ':!infra/events.bicep' ':!infra/scaling.bicep'
  infra/hooks/preprovision.sh infra/hooks/note-live-colour.sh infra/hooks/postprovision.sh
)
# What is packaged (.funcignore takes out the rest), and the second stage, which follows the app.
app=(
  .funcignore azure.yaml function_app.py host.json requirements.txt
  activities imaging opal orchestrations triggers
  infra/events.bicep infra/hooks/durable-backend.sh infra/hooks/first-key.sh
  infra/hooks/packages.sh infra/hooks/postdeploy.sh infra/hooks/predeploy.sh
)
# What the endpoint's image, models and deployment are made of.
endpoint=(
  imaging infra/ml infra/scaling.bicep models ':!models/cards' ':!models/training'
  requirements-endpoint.txt 'requirements-endpoint-*.txt'
  infra/hooks/deploy-endpoint.sh infra/hooks/endpoint-common.sh infra/hooks/stage-endpoint.sh
)

# changed NAME PATHSPEC…: prints NAME=true or NAME=false; fails when git does.
changed() {
  local name=$1 status=0
  shift
  git diff --quiet "$deployed" "$commit" -- "$@" || status=$?
  case $status in
    0) echo "$name=false" ;;
    1) echo "$name=true" ;;
    *) return "$status" ;;
  esac
}

cd "$(git rev-parse --show-toplevel)"
git rev-parse --quiet --verify "$commit^{commit}" >/dev/null || {
  echo "There is no commit $commit." >&2
  exit 2
}
if [[ -z $deployed ]] || ! git cat-file -e "$deployed^{commit}" 2>/dev/null; then
  echo "No deployed commit to compare with: everything is deployed." >&2
  printf '%s=true\n' infra app endpoint
  exit 0
fi
changed infra "${infra[@]}"
changed app "${app[@]}"
changed endpoint "${endpoint[@]}"
