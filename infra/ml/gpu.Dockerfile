# As cpu.Dockerfile, with ONNX Runtime for CUDA. CUDA 13 and cuDNN 9 come as Python packages, so the image needs
# only the driver of the machine, which must be 580 or newer.
FROM mcr.microsoft.com/azureml/curated/minimal-py311-inference:59@sha256:89a46a46b71b4692731654d0523f53c8d14929e41ea8129293dc4e39fcabb14c

USER root

COPY requirements-endpoint-shared.txt requirements-endpoint-gpu.txt /opt/opal/
RUN /azureml-envs/minimal/bin/python -m venv /opt/opal/venv \
    && /opt/opal/venv/bin/pip install --no-cache-dir -r /opt/opal/requirements-endpoint-gpu.txt \
    && /opt/opal/venv/bin/pip check
COPY serve.sh /opt/opal/

# NVIDIA's container runtime gives the driver to images that ask for it; images without CUDA do not.
ENV PATH="/opt/opal/venv/bin:$PATH" \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    OPENBLAS_NUM_THREADS=1 \
    VIPS_CONCURRENCY=1 \
    PYTHONDONTWRITEBYTECODE=1

USER dockeruser
EXPOSE 5001
CMD ["sh", "/opt/opal/serve.sh"]
