"""The words everyone shares: records, their bytes, topics, keys and identifiers. Pure."""
