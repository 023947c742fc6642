"""One state machine per Command: what it waits for, and what its history may say next.

Each is a table from (state, input) to the next state. An input that is not in the table means that
the history was not made by this code: NondeterminismError.
"""
