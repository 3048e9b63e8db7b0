"""The headset's side of TLS: a verified server, and the headset's certificate where it has one.

A fleet has one context for all headsets that trust the same roots. The certificate and the key
are put into it the moment a connection is begun: OpenSSL copies them into the connection.
"""

import os
import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from lenskeep.virtual.transport.message import Trust


def tls_context(trust: Trust) -> ssl.SSLContext:
    """Return a context that verifies names and chains, TLS 1.2 at least."""
    context = _verifying(trust.roots)
    _show(context, trust)
    return context


def begin_tls(
    trust: Trust, host: str, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
) -> ssl.SSLObject:
    """Return the client's end of a new TLS connection to that host."""
    shows = trust.certificate is not None and trust.key is not None
    context = _showing(trust.roots) if shows else _silent(trust.roots)
    _show(context, trust)
    return context.wrap_bio(incoming, outgoing, server_hostname=host)


@lru_cache(maxsize=8)
def _showing(roots: bytes) -> ssl.SSLContext:
    """Return the context of all who trust these roots and show a certificate."""
    return _verifying(roots)


@lru_cache(maxsize=8)
def _silent(roots: bytes) -> ssl.SSLContext:
    """Return the context of all who trust these roots and show none: it never held one."""
    return _verifying(roots)


def _verifying(roots: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=roots.decode("ascii") if roots else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show(context: ssl.SSLContext, trust: Trust) -> None:
    if not (trust.certificate and trust.key):
        return
    content = trust.key + trust.certificate
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("certificate")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        return
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # mode 0600, gone at once
        Path(file.name).write_bytes(content)
        context.load_cert_chain(file.name)
