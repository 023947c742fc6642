"""The runtime behind the SDK: replay, one machine per Command, event loop, runners."""
