#!/usr/bin/env bash
# Puts together what Azure ML gets: the code, the models, and what each image is built from.
#
# OPAL_MODELS_FOLDER names a folder with other models (python -m models pull, or one of a diffusion
# model); they are put beside OPAL's own.
source "$(dirname "$0")/common.sh"

# report FOLDER WHAT
report() {
  local files size
  files=$(find "$1" -type f | wc -l)
  size=$(du -sk "$1" | cut -f 1)
  say "$1: $2, $((files)) files, $size KB."
}

[[ -z ${OPAL_MODELS_FOLDER:-} || -d $OPAL_MODELS_FOLDER ]] ||
  fail "OPAL_MODELS_FOLDER is $OPAL_MODELS_FOLDER, and there is no such folder."
rm -rf .build/endpoint .build/models .build/environment-cpu .build/environment-gpu
mkdir -p .build/endpoint .build/models .build/environment-cpu .build/environment-gpu

# The weights are no part of the code: they are a model with a version of its own. Training stays here.
tar --create --file - --exclude=__pycache__ --exclude='*.pyc' --exclude=models/training \
  --exclude=models/weights --exclude=models/cards models imaging | tar --extract --file - --directory .build/endpoint
cp infra/ml/score.py .build/endpoint/score.py
report .build/endpoint "the code"

cp models/weights/*.onnx .build/models/
[[ -z ${OPAL_MODELS_FOLDER:-} ]] || cp -R "$OPAL_MODELS_FOLDER"/. .build/models/
report .build/models "the models"

for tier in cpu gpu; do
  cp "infra/ml/$tier.Dockerfile" ".build/environment-$tier/Dockerfile"
  cp infra/ml/serve.sh requirements-endpoint-shared.txt ".build/environment-$tier/"
done
cp requirements-endpoint.txt .build/environment-cpu/
cp requirements-endpoint-gpu.txt .build/environment-gpu/
report .build/environment-cpu "what the CPU image is built from"
report .build/environment-gpu "what the GPU image is built from"
