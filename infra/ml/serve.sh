#!/bin/sh
# The image's command. Azure ML mounts the code and says where: AML_APP_ROOT is a folder, and
# AZUREML_ENTRY_SCRIPT the script in it. What the script imports stands beside it. One process, so that
# each model is loaded once; requests run side by side in its threads (GUNICORN_CMD_ARGS).
set -eu
cd "$AML_APP_ROOT"
script=$(realpath "$AZUREML_ENTRY_SCRIPT")
AML_APP_ROOT=$(dirname "$script")
export AML_APP_ROOT
cd "$AML_APP_ROOT"
exec azmlinfsrv --entry_script "$script" --port 5001 --worker_count 1
