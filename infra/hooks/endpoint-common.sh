# shellcheck shell=bash
# What the hooks of the model endpoint share; sourced after common.sh.
#
# The endpoint has at most two deployments, blue and green. The live one gets all calls; the other is
# the one before it, kept to go back to, or the next one while it is made.
need AZURE_RESOURCE_GROUP OPAL_ML_WORKSPACE OPAL_ML_ENDPOINT
in_group=(--resource-group "$AZURE_RESOURCE_GROUP")
in_workspace=("${in_group[@]}" --workspace-name "$OPAL_ML_WORKSPACE")
of_endpoint=("${in_workspace[@]}" --endpoint-name "$OPAL_ML_ENDPOINT")

# digest FOLDER: of the names and the content of all files in it.
digest() {
  (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | text_digest
}

# text_digest: of what comes in; long enough never to meet another, short enough to read.
text_digest() { sha256sum | cut -c 1-16; }

other() { if [[ $1 == blue ]]; then echo green; else echo blue; fi; }

# The colour that gets all calls; nothing while there is none. Calls that are shared out were shared out
# by hand, and no hook decides what becomes of that.
live_colour() {
  local shares blue green
  shares=$(az ml online-endpoint show "${in_workspace[@]}" --name "$OPAL_ML_ENDPOINT" --output tsv --query \
    "join(' ', [to_string(not_null(traffic.blue, \`0\`)), to_string(not_null(traffic.green, \`0\`))])") ||
    fail "The endpoint $OPAL_ML_ENDPOINT does not answer. Run azd provision first."
  read -r blue green <<<"$shares"
  if ((blue > 0 && green > 0)); then
    fail "blue gets $blue % of the calls and green $green %. Give one of them all:
  az ml online-endpoint update ${in_workspace[*]} --name $OPAL_ML_ENDPOINT --traffic 'blue=100 green=0'"
  fi
  if ((blue > 0)); then echo blue; elif ((green > 0)); then echo green; fi
}

# exists COLOUR
exists() {
  local names
  names=$(az ml online-deployment list "${of_endpoint[@]}" --query "[].name" --output tsv) ||
    fail "The deployments of $OPAL_ML_ENDPOINT cannot be listed."
  grep --quiet --line-regexp "$1" <<<"$names"
}

# told COLOUR PROPERTY: of a deployment that exists.
told() {
  az ml online-deployment show "${of_endpoint[@]}" --name "$1" --query "$2" --output tsv
}

# Calls one deployment, whether or not it is live, and believes no answer but that to its own question.
call_deployment() {
  local word answer
  : "${private:?private_folder comes first}"
  word="probe-$$-$RANDOM"
  printf '{"task": "echo", "params": {"message": "%s"}, "trace_id": "deployment"}' "$word" >"$private/echo.json"
  answer=$(az ml online-endpoint invoke "${in_workspace[@]}" --name "$OPAL_ML_ENDPOINT" \
    --deployment-name "$1" --request-file "$private/echo.json") || return
  [[ $answer == *"message"*"$word"* ]] && return
  echo "$1 gave another answer than was asked for: $answer" >&2
  return 1
}

# test_deployment COLOUR
test_deployment() {
  if outside; then
    say "Not calling $1: the endpoint answers only inside the private network. Its own probes say that it is ready."
    return
  fi
  say "Calling $1 directly."
  attempt 6 20 call_deployment "$1" || fail "$1 is there, but does not answer as it should; it gets no calls.
  Its log: az ml online-deployment get-logs ${of_endpoint[*]} --name $1"
}

# make_live COLOUR: gives it all calls, and the other one none.
make_live() {
  local shares="$1=100" now
  ! exists "$(other "$1")" || shares+=" $(other "$1")=0"
  az ml online-endpoint update "${in_workspace[@]}" --name "$OPAL_ML_ENDPOINT" --traffic "$shares" --output none
  now=$(live_colour)
  [[ $now == "$1" ]] || fail "Azure ML took the new shares ($shares), but ${now:-nothing} gets the calls."
  note_live "$1"
  say "$1 gets all calls."
}

# Provisioning writes the endpoint as a whole, so it has to know (infra/app/endpoint.bicep).
note_live() {
  [[ ${OPAL_ML_LIVE:-} == "$1" ]] || azd env set OPAL_ML_LIVE "$1"
}

# scale COLOUR: between OPAL_ML_MINIMUM and OPAL_ML_MAXIMUM instances.
scale() {
  local limits=()
  [[ -z ${OPAL_ML_MINIMUM:-} ]] || limits+=(minimum="$OPAL_ML_MINIMUM")
  [[ -z ${OPAL_ML_MAXIMUM:-} ]] || limits+=(maximum="$OPAL_ML_MAXIMUM")
  az deployment group create "${in_group[@]}" --name "opal-scaling-$1" --template-file infra/scaling.bicep \
    --parameters workspaceName="$OPAL_ML_WORKSPACE" endpointName="$OPAL_ML_ENDPOINT" deploymentName="$1" \
    tier="$OPAL_ML_TIER" location="$AZURE_LOCATION" "${limits[@]}" --output none
  say "$1 has autoscale rules."
}

# remove COLOUR: the deployment and its autoscale rules, which would point at nothing.
remove() {
  local rules
  rules=$(az monitor autoscale list "${in_group[@]}" --query "[?name=='$OPAL_ML_ENDPOINT-$1'].name" --output tsv)
  [[ -z $rules ]] || az monitor autoscale delete "${in_group[@]}" --name "$rules" --output none
  az ml online-deployment delete "${of_endpoint[@]}" --name "$1" --yes --output none
}
