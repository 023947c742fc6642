"""What users call inside Activity code."""
