#!/usr/bin/env bash
# Removes the deployment that gets no calls. It cannot be gone back to after that.
source "$(dirname "$0")/common.sh"
source infra/hooks/endpoint-common.sh
same_subscription

live=$(live_colour)
[[ -n $live ]] || fail "No deployment gets calls, so neither is the former one. infra/hooks/deploy-endpoint.sh makes one."
former=$(other "$live")
if ! exists "$former"; then
  say "There is only $live; nothing to retire."
  exit 0
fi
say "Removing $former; $live gets all calls."
remove "$former"
say "$former is gone."
