"""See `duralog.api.common.v1`."""
