"""Connection settings of environment and file: `Client.connect(**load_client_connect_config())`."""

from duralog.envconfig.profile import (
    ClientConfig,
    ClientConfigProfile,
    ClientConfigProfileDict,
    ClientConnectConfig,
)

__all__ = [
    "ClientConfig",
    "ClientConfigProfile",
    "ClientConfigProfileDict",
    "ClientConnectConfig",
]
