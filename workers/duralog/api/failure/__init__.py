"""See `duralog.api.failure.v1`."""
