"""Words that Workflows, Activities and Clients share: RetryPolicy, priorities, reuse policies."""
