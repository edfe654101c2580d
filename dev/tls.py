"""Certificates: of a server that clients trust, and of two sides that trust each other."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS settings, and the certificate for its clients to trust."""
    key, certificate = folder / "tls.key", folder / "tls.crt"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", *options, *name, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def make_authority(folder: Path, *, server: str) -> tuple[Path, Path]:
    """A server's and a client's folder, as Docker has them: ca.pem, cert.pem, key.pem.

    `server` is the address in the server's certificate; an authority of their own signs both.
    """
    authority = folder / "authority"
    folders = folder / "server", folder / "client"
    _certify(authority, ["-x509", "-days", "2", "-subj", "/CN=authority"])
    signing = ["-CA", authority / "cert.pem", "-CAkey", authority / "key.pem"]
    uses = ["serverAuth", "clientAuth"]
    for each, use in zip(folders, uses, strict=True):
        extensions = [
            "-addext",
            f"extendedKeyUsage={use}",
            "-addext",
            f"subjectAltName=IP:{server}",
        ]
        subject = ["-subj", f"/CN={each.name}"]
        _certify(each, ["-x509", "-days", "2", *signing, *subject, *extensions])
    for each in folders:
        shutil.copy(authority / "cert.pem", each / "ca.pem")
    return folders


def _certify(folder: Path, options: Sequence[str | Path]) -> None:
    folder.mkdir()
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(["openssl", "req", *key, *options, *files], check=True, capture_output=True)
