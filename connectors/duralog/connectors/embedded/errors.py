"""What goes wrong around a local broker, said in one line with what to do about it."""


class EmbeddedKafkaError(Exception):
    """The local broker cannot be fetched, started or stopped; the text says why and what to do."""
