#!/usr/bin/env bash
# Prints which deployment of the endpoint gets the calls, as noted in azd's environment; nothing
# while there is none.
set -euo pipefail

azd env get-values | sed -n 's/^OPAL_ML_LIVE="\(.*\)"$/\1/p'
