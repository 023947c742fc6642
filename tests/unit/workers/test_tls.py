"""TLS of Temporal's clients, as properties of librdkafka."""

import pytest

from duralog import client, service
from duralog.client.tls import tls_properties
from duralog.service import TLSConfig


def test_without_tls_nothing_is_said() -> None:
    assert tls_properties(None, {}) == {}
    assert tls_properties(False, {}) == {}


def test_tls_alone_and_below_a_login() -> None:
    assert tls_properties(True, {}) == {"security.protocol": "ssl"}
    login = {"sasl.mechanism": "PLAIN"}
    assert tls_properties(True, login) == {"security.protocol": "sasl_ssl"}


def test_certificates_are_given_as_they_are() -> None:
    tls = TLSConfig(server_root_ca_cert=b"ca", client_cert=b"cert", client_private_key=b"key")
    assert tls_properties(tls, {}) == {
        "security.protocol": "ssl",
        "ssl.ca.pem": "ca",
        "ssl.certificate.pem": "cert",
        "ssl.key.pem": "key",
    }


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="given together"):
        tls_properties(TLSConfig(client_cert=b"cert"), {})
    with pytest.raises(ValueError, match="no TLS domain"):
        tls_properties(TLSConfig(domain="other"), {})


def test_errors_are_found_where_temporal_has_them() -> None:
    assert service.RPCError is client.RPCError
    assert service.RPCStatusCode is client.RPCStatusCode
