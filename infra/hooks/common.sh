# shellcheck shell=bash
# What the hooks share; sourced by them. Afterwards the current folder is the repository's.
#
# Values come from azd's environment: azd hands them to its hooks, and `need` asks azd for them
# where a person runs a hook by hand.
set -euo pipefail
((BASH_VERSINFO[0] >= 5)) || {
  echo "error: the hooks need bash 5; this one is $BASH_VERSION" >&2
  exit 1
}
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf '%s\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# need NAME…: each of these is set. All that are missing are named at once.
need() {
  local name missing=()
  for name in "$@"; do [[ -n ${!name:-} ]] || missing+=("$name"); done
  if ((${#missing[@]})); then load_values; fi
  missing=()
  for name in "$@"; do [[ -n ${!name:-} ]] || missing+=("$name"); done
  ((${#missing[@]} == 0)) || fail "azd's environment has no ${missing[*]}. Run azd provision first."
}

# Every value of azd's selected environment that this shell does not have yet.
load_values() {
  local name value values
  values=$(azd env get-values) || fail "azd has no environment here. See docs/deploy.md."
  while IFS='=' read -r name value; do
    value=${value#\"} value=${value%\"}
    [[ -z $name || -n ${!name:-} ]] || export "$name=$value"
  done <<<"$values"
}

# attempt TIMES SECONDS COMMAND…: until it succeeds, with a pause in between. What it says on
# standard error is shown of the last attempt only. Bash ignores -e in a function that is called like
# this, so each of its commands must say `|| return`.
attempt() {
  local times=$1 seconds=$2 count trouble
  shift 2
  trouble=$(mktemp)
  for ((count = 1; count <= times; count++)); do
    if "$@" 2>"$trouble"; then
      rm -f "$trouble"
      return 0
    fi
    ((count == times)) || sleep "$seconds"
  done
  cat "$trouble" >&2
  rm -f "$trouble"
  return 1
}

# az and azd each have a login and a subscription of their own; both must mean the same one.
same_subscription() {
  local here
  need AZURE_SUBSCRIPTION_ID
  here=$(az account show --query id --output tsv) || fail "az is not logged in: az login"
  [[ $here == "$AZURE_SUBSCRIPTION_ID" ]] ||
    fail "az works in another subscription than azd: az account set --subscription $AZURE_SUBSCRIPTION_ID"
}

# True where vault, database and storage answer only inside a network that this machine is not in.
outside() {
  [[ ${OPAL_PRIVATE_NETWORK:-false} == true && ${OPAL_INSIDE_NETWORK:-false} != true ]]
}

# A folder for this user alone, removed at the end; secrets go through files in it, because
# arguments can be seen in the list of processes.
private_folder() {
  private=$(mktemp -d)
  trap 'rm -rf "$private"' EXIT
}

# .venv with the app and its command line, as `make run` makes it.
python_ready() {
  make --silent .venv/.local >&2 || fail "The Python environment could not be made: make .venv/.local"
}
