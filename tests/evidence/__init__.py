"""What is known of a run of the whole system, and the one checker of it: invariants I1 to I14."""
