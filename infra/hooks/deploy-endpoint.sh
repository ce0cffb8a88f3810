#!/usr/bin/env bash
# Deploys the models: registers them and their environment, makes the colour that is not live, calls it
# directly, and only then gives it the calls. The former one stays, to go back to, until
# infra/hooks/retire-endpoint.sh. Whatever fails before the last step leaves the live colour as it was.
source "$(dirname "$0")/common.sh"
source infra/hooks/endpoint-common.sh
need AZURE_LOCATION OPAL_ML_TIER OPAL_PHOTO_STORAGE
same_subscription
private_folder

environment="opal-endpoint-$OPAL_ML_TIER"
yaml="infra/ml/deployment-$OPAL_ML_TIER.yml"
[[ -f $yaml ]] || fail "OPAL_ML_TIER is $OPAL_ML_TIER; use cpu or gpu."

# Content that is registered already has the same version, and is not registered again. Where looking it
# up fails for another reason than that it is missing, so does registering it, and says why.
register_models() {
  local file tags=()
  if az ml model show "${in_workspace[@]}" --name opal-models --version "$models" --output none 2>"$private/why"; then
    say "The models are registered as opal-models:$models."
    return
  fi
  while IFS= read -r file; do
    tags+=("tags.$(tr './' '--' <<<"${file#.build/models/}")=$(sha256sum "$file" | cut -d ' ' -f 1)")
  done < <(find .build/models -type f | LC_ALL=C sort)
  say "Registering the models as opal-models:$models."
  az ml model create "${in_workspace[@]}" --file infra/ml/model.yml --version "$models" \
    --set "${tags[@]}" --output none
}

register_environment() {
  if az ml environment show "${in_workspace[@]}" --name "$environment" --version "$image" --output none 2>"$private/why"; then
    say "The environment is registered as $environment:$image."
    return
  fi
  say "Registering the environment as $environment:$image; Azure ML builds its image."
  az ml environment create "${in_workspace[@]}" --file "infra/ml/environment-$OPAL_ML_TIER.yml" \
    --version "$image" --output none
}

# What of a deployment only this subscription knows, or azd's environment says otherwise.
settings() {
  local name suffix
  suffix=$(az cloud show --query suffixes.storageEndpoint --output tsv) || fail "az does not say in which cloud it works."
  printf '%s\n' "model=azureml:opal-models:$models" "environment=azureml:$environment:$image" \
    "environment_variables.OPAL_ALLOWED_HOSTS=$OPAL_PHOTO_STORAGE.blob.$suffix"
  for name in OPAL_SEGMENT_MODEL OPAL_UPSCALE_MODEL OPAL_DIFFUSION_MODEL; do
    [[ -z ${!name:-} ]] || printf 'environment_variables.%s=%s\n' "$name" "${!name}"
  done
}

make_deployment() {
  local values=() line
  while IFS= read -r line; do values+=("$line"); done <<<"$wanted"
  az ml online-deployment create "${of_endpoint[@]}" --file "$yaml" --name "$1" \
    --set "${values[@]}" instance_count="$2" tags.release="$release" tags.made="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --output none && return
  say "The end of its log:" >&2
  az ml online-deployment get-logs "${of_endpoint[@]}" --name "$1" --lines 60 >&2 || true
  fail "$1 could not be made.${live:+ $live gets all calls as before.}"
}

infra/hooks/stage-endpoint.sh
models=$(digest .build/models)
image=$(digest ".build/environment-$OPAL_ML_TIER")
wanted=$(settings)
release=$({ digest .build/endpoint && cat "$yaml" && echo "$wanted"; } | text_digest)

live=$(live_colour)
running=""
[[ -z $live ]] || running=$(told "$live" tags.release)
if [[ $running == "$release" ]]; then
  say "$live is this release ($release) already."
  note_live "$live"
  scale "$live"
  exit 0
fi

if [[ ${OPAL_PRIVATE_NETWORK:-false} == true ]]; then
  say "Azure ML makes its network, if it is not there yet; the first time takes up to half an hour."
  az ml workspace provision-network "${in_group[@]}" --name "$OPAL_ML_WORKSPACE" --output none
fi
register_models
register_environment

next=$(other "${live:-green}")
if exists "$next"; then
  say "Removing the former $next, which gets no calls."
  remove "$next"
fi
# As many instances as carry the calls now, or the change would come with a jam.
count=1
[[ -z $live ]] || count=$(told "$live" instance_count)
say "Making $next, release $release, with $count instances of $OPAL_ML_TIER; this takes a while."
make_deployment "$next" "$count"
test_deployment "$next"
make_live "$next"
scale "$next"
[[ -z $live ]] || say "$live stays, and costs as before: infra/hooks/rollback-endpoint.sh goes back to it," \
  "infra/hooks/retire-endpoint.sh removes it."
