"""The words everyone shares: records of the wire, their bytes, topics, keys and identifiers. Pure."""
