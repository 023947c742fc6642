"""TLS to the brokers, as Temporal's clients are told of it: as properties of librdkafka."""

from collections.abc import Mapping
from dataclasses import dataclass

from duralog.connectors.kafka.settings import Value


@dataclass(frozen=True)
class TLSConfig:
    """Certificates as PEM.

    server_root_ca_cert: Whom to trust; None: as the system.
    domain: Must be None: the brokers' own names are checked.
    client_cert, client_private_key: Who we are, for brokers that ask; both or neither.
    """

    server_root_ca_cert: bytes | None = None
    domain: str | None = None
    client_cert: bytes | None = None
    client_private_key: bytes | None = None


def tls_properties(
    tls: bool | TLSConfig | None,
    kafka: Mapping[str, Value],  # Temporal's form
) -> dict[str, Value]:
    """What `tls` says beside `kafka`, which has the last word. Raises ValueError."""
    if not tls:
        return {}
    with_sasl = any(name.startswith("sasl.") for name in kafka)
    found: dict[str, Value] = {"security.protocol": "sasl_ssl" if with_sasl else "ssl"}
    if tls is True:
        return found
    if tls.domain is not None:
        raise ValueError("no TLS domain can be given: the brokers' own names are checked")
    if (tls.client_cert is None) != (tls.client_private_key is None):
        raise ValueError("client_cert and client_private_key must be given together")
    for name, pem in (
        ("ssl.ca.pem", tls.server_root_ca_cert),
        ("ssl.certificate.pem", tls.client_cert),
        ("ssl.key.pem", tls.client_private_key),
    ):
        if pem is not None:
            found[name] = pem.decode()
    return found
