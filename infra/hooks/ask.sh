#!/usr/bin/env bash
# Asks one of the questions of infra/queries of what the app told Azure Monitor, and prints the answer.
#
# ask.sh QUESTION [HOURS] [NAME=VALUE…]: over the last HOURS (24); NAME is one that a `let` of the query names.
source "$(dirname "$0")/common.sh"

questions() { find infra/queries -name '*.kql' ! -name 'alert-*' -exec basename {} .kql \; | sort; }
file="infra/queries/${1:-}.kql"
[[ -f $file ]] || fail "There is no such question. There are: $(questions | paste -sd ' ' -)"
shift
hours=24
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  hours=$1
  shift
fi
query=$(<"$file")
for pair in "$@"; do
  [[ $pair =~ ^([a-z][a-z0-9_]*)=([A-Za-z0-9._-]+)$ ]] || fail "This is not NAME=VALUE: $pair"
  name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
  grep --quiet "^let $name = " <<<"$query" || fail "$file has no value named $name."
  query=$(sed -E "s/^let $name = \".*\";/let $name = \"$value\";/; s/^let $name = [0-9.]+;/let $name = $value;/" <<<"$query")
done

need OPAL_LOG_WORKSPACE
same_subscription
workspace=$(az resource show --ids "$OPAL_LOG_WORKSPACE" --query properties.customerId --output tsv)
private_folder
python3.11 -c 'import json, sys; print(json.dumps({"query": sys.stdin.read(), "timespan": sys.argv[1]}))' \
  "PT${hours}H" <<<"$query" >"$private/question.json"
echo "$(head -1 "$file") Over the last $hours hours:"
az rest --method post --resource https://api.loganalytics.io \
  --url "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query" \
  --body "@$private/question.json" --query "[[tables[0].columns[].name], tables[0].rows][]" --output tsv
