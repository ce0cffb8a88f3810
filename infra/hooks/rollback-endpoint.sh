#!/usr/bin/env bash
# Gives the calls back to the deployment that had them before.
source "$(dirname "$0")/common.sh"
source infra/hooks/endpoint-common.sh
same_subscription
private_folder

live=$(live_colour)
[[ -n $live ]] || fail "No deployment gets calls, so there is none to go back from. infra/hooks/deploy-endpoint.sh makes one."
former=$(other "$live")
exists "$former" || fail "There is no $former to go back to: it was retired.
Check out the release that ran before, and run infra/hooks/deploy-endpoint.sh."
# A deployment that failed before it got its calls is newer than the live one.
made=$(told "$former" tags.made)
live_since=$(told "$live" tags.made)
if [[ $made > $live_since ]]; then
  say "$former, of $made, came after $live and never got calls; $live keeps them."
  exit 0
fi
test_deployment "$former"
make_live "$former"
say "$live stays with its log, and costs as before, until infra/hooks/retire-endpoint.sh."
