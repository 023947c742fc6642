"""How clients connect, and how calls fail; by the module that Temporal's SDK has them in."""

from duralog.client.errors import RPCError, RPCStatusCode
from duralog.client.plugin import ConnectConfig
from duralog.client.tls import TLSConfig

__all__ = ["ConnectConfig", "RPCError", "RPCStatusCode", "TLSConfig"]
