"""Apache Kafka from Python packages alone, for development and tests: no Docker, no system Java."""
