"""`make demo`: workflows on a real Kafka that survive kill -9 of a worker and of the engine."""
