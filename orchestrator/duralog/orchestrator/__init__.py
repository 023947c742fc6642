"""What may happen next: one handler per Request, and the loop that runs it on a partition."""
