"""The whole engine in a user's test, with time that skips."""
