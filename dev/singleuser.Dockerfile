ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE}

RUN useradd --create-home --uid 1000 --shell /bin/bash jovyan
ENV LANG=C.UTF-8 PATH=/opt/venv/bin:$PATH

# Empty for the newest; a Hub passes its own version, so that both speak the same protocol.
ARG JUPYTERHUB_VERSION=

# Small, as tests copy it to other engines: without what the example requires.
RUN --mount=type=cache,target=/root/.cache \
    python3 -m venv /opt/venv \
 && pip install uv \
 && UV_LINK_MODE=copy uv pip install --compile-bytecode \
        "jupyterhub${JUPYTERHUB_VERSION:+==${JUPYTERHUB_VERSION}}" jupyterlab

COPY --chown=1000:1000 . /srv/repo
USER jovyan
WORKDIR /home/jovyan
EXPOSE 8888
CMD ["jupyterhub-singleuser"]
