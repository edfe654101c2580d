"""What people write who have no such service: pip in a Dockerfile, of the usual shape."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from bench.straight import as_it_is

#: What an environment has before its own requirements: the same in all that are compared.
JUPYTER = f"jupyterhub=={version('jupyterhub')} 'jupyterlab>=4,<5' 'ipywidgets>=8,<9'"

DOCKERFILE = """\
FROM {base_image}
RUN useradd --create-home jovyan
RUN python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
RUN pip install --no-cache-dir {jupyter}
WORKDIR /srv/repo
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
USER jovyan
WORKDIR /home/jovyan
CMD ["jupyterhub-singleuser"]
"""


class PipDockerfile:
    """Adds the Dockerfile to a checkout."""

    def __init__(self, base_image: str) -> None:
        self._text = DOCKERFILE.format(base_image=base_image, jupyter=JUPYTER)

    def __call__(self, checkout: Path, context: Path) -> None:
        """As `docker build` in that folder."""
        (checkout / "Dockerfile").write_text(self._text)
        as_it_is(checkout, context)
