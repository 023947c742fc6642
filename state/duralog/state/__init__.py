"""What a Workflow Execution is, the appliers that change it, and where it is kept."""
