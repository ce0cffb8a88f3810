# Azure ML's own image for inference: Ubuntu 22.04, Python 3.11, a user that is not root. Azure ML supports a tag
# until it is six months older than the newest: put that and its digest here, and into gpu.Dockerfile, in time.
FROM mcr.microsoft.com/azureml/curated/minimal-py311-inference:59@sha256:89a46a46b71b4692731654d0523f53c8d14929e41ea8129293dc4e39fcabb14c

USER root

# An environment of our own: the image's holds another inference server.
COPY requirements-endpoint-shared.txt requirements-endpoint.txt /opt/opal/
RUN /azureml-envs/minimal/bin/python -m venv /opt/opal/venv \
    && /opt/opal/venv/bin/pip install --no-cache-dir -r /opt/opal/requirements-endpoint.txt \
    && /opt/opal/venv/bin/pip check
COPY serve.sh /opt/opal/

# The threads of the pixel libraries are the requests; more would take cores from each other.
ENV PATH="/opt/opal/venv/bin:$PATH" \
    OPENBLAS_NUM_THREADS=1 \
    VIPS_CONCURRENCY=1 \
    PYTHONDONTWRITEBYTECODE=1

USER dockeruser
EXPOSE 5001
CMD ["sh", "/opt/opal/serve.sh"]
