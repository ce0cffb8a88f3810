#!/usr/bin/env bash
# Prints the commit of the newest successful deployment to an environment, or nothing where there is
# none. GitHub keeps this record itself: each run of a job that names the environment is a deployment.
#
#   GH_TOKEN=… GITHUB_REPOSITORY=owner/name last-deployed.sh ENVIRONMENT
set -euo pipefail

environment=${1:?which environment?}

# A success is followed by "inactive" once there is a newer one, so all states of a deployment count.
# shellcheck disable=SC2016  # the dollars are GraphQL's
gh api graphql \
  -f owner="${GITHUB_REPOSITORY%%/*}" -f name="${GITHUB_REPOSITORY#*/}" -f environment="$environment" \
  -f query='query($owner: String!, $name: String!, $environment: String!) {
    repository(owner: $owner, name: $name) {
      deployments(environments: [$environment], first: 100, orderBy: {field: CREATED_AT, direction: DESC}) {
        nodes { commitOid statuses(first: 20) { nodes { state } } }
      }
    }
  }' |
  jq --raw-output '
    if .errors then error(.errors[0].message) else . end
    | [.data.repository.deployments.nodes[] | select(any(.statuses.nodes[]; .state == "SUCCESS"))]
    | first.commitOid // ""'
