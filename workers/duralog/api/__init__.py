"""The records that programs for Temporal import by their protobuf names."""
