"""Start, signal, query, update and watch Workflow Executions."""
