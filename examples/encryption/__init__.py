"""Payload codecs: what broker, engine and history hold is compressed and encrypted."""
