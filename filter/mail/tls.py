"""TLS contexts for both sides of the mail path."""

from __future__ import annotations

import ssl

from filter.settings import MailListener, MailNextHop, Tls


def client_side(settings: MailNextHop) -> ssl.SSLContext | None:
    """Return the context for the next hop, None without TLS. Raises ValueError for bad files."""
    if settings.tls is Tls.NONE:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as exc:
        raise ValueError(f"mail.next_hop.ca_file {settings.ca_file}: {exc}") from exc
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_side(settings: MailListener) -> ssl.SSLContext | None:
    """Return the context for clients, None without TLS. Raises ValueError for bad files."""
    if settings.tls is Tls.NONE:
        return None
    if settings.certificate is None:
        raise ValueError(f"mail.tls is {settings.tls} but mail.certificate is not set; set it")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.key, "")  # asks nobody for one
    except OSError as exc:
        raise ValueError(f"mail.certificate {settings.certificate}: {exc}") from exc
    return context
