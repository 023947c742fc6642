"""What users call inside Workflow code."""
