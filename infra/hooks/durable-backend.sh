#!/usr/bin/env bash
# Before the app is packaged: host.json names the backend of Durable Functions that OPAL_DURABLE_BACKEND
# chooses (scheduler or storage).
#
# Azure's scale controller reads the packaged host.json and no setting laid over it. An app that uses another
# backend than its file says runs, but never gets more instances.
source "$(dirname "$0")/common.sh"

backend=${OPAL_DURABLE_BACKEND:-scheduler}
[[ $backend == scheduler || $backend == storage ]] ||
  fail "OPAL_DURABLE_BACKEND must be scheduler or storage, not $backend."
changed=$(python3.11 - "$backend" <<'PYTHON'
import json
import pathlib
import sys

path = pathlib.Path("host.json")
before = path.read_text("utf-8")
host = json.loads(before)
durable = host["extensions"]["durableTask"]
durable.pop("storageProvider", None)
if sys.argv[1] == "scheduler":
    name = "DURABLE_TASK_SCHEDULER_CONNECTION_STRING"
    durable["storageProvider"] = {"type": "azureManaged", "connectionStringName": name}
if host != json.loads(before):
    path.write_text(json.dumps(host, indent=2) + "\n", "utf-8")
    print("yes")
PYTHON
)
if [[ $changed == yes ]]; then
  say "host.json now names the Durable backend $backend."
else
  say "host.json names the Durable backend $backend."
fi
