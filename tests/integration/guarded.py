"""A broker that asks who you are: SCRAM, PLAIN, TLS, certificates; with Kafka's authorizer."""

from pathlib import Path
from typing import Final

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from duralog.connectors.acl import ROLES
from duralog.connectors.embedded import EmbeddedKafka
from integration.certificates import Authority
from integration.granting import user_of

USER, PASSWORD = "ada", "a long secret"
# Who comes by the plain listener, as these tests do to grant rights, has no name.
AUTHORIZER: Final = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:ANONYMOUS;User:{USER};User:CN={USER}",
    "allow.everyone.if.no.acl.found": "false",
}
MODULES: Final = "org.apache.kafka.common.security"
SASL_OVER_TLS: Final = {
    "listener.name.sasltls.sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN",
    **{
        f"listener.name.sasltls.scram-sha-{bits}.sasl.jaas.config": (
            f"{MODULES}.scram.ScramLoginModule required;"
        )
        for bits in (256, 512)
    },
    "listener.name.sasltls.plain.sasl.jaas.config": (
        f'{MODULES}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    ),
}


def guarded_kafka(place: Path, authority: Authority) -> EmbeddedKafka:
    """Not yet started: a user for each role, and one who may do everything."""
    certificate, key = authority.issue("broker")
    store = place / "broker.pem"
    store.write_bytes(key.read_bytes() + certificate.read_bytes())
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "listener.name.mtls.ssl.client.auth": "required",
    }
    return EmbeddedKafka(
        data_dir=place,
        scram_users={USER: PASSWORD, **{user_of(role): PASSWORD for role in ROLES}},
        server_properties={**AUTHORIZER, **SASL_OVER_TLS, **tls},
        listeners={"TLS": "SSL", "MTLS": "SSL", "SASLTLS": "SASL_SSL"},
    )


def add_scram_512(kafka: EmbeddedKafka) -> None:
    """Formatting stores passwords for SCRAM-SHA-256 alone."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
    for future in admin.alter_user_scram_credentials([wanted]).values():
        future.result(10)


def known_as(user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    """How librdkafka is told to say who we are."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": user,
        "sasl.password": password,
    }
