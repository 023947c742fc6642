"""Every limit of the engine's core, each with its reason."""

from typing import Final

# Histories and Workflow Tasks.
WHOLE_HISTORY_BYTES_MAX: Final = 8 * 1024  # Up to here a task carries all: no cache can miss.
TASK_EVENTS_BYTES_MAX: Final = 4 * 1024 * 1024  # A larger task would not fit its topic (5 MiB).
QUERIES_BYTES_MAX: Final = 512 * 1024  # Of the queries that a task carries; others wait.
HISTORY_EVENTS_MAX: Final = 51_200  # Temporal's hard limit; past it the run is terminated.
HISTORY_BYTES_MAX: Final = 50 * 1024 * 1024  # As above.
HISTORY_EVENTS_SUGGESTED: Final = 4_096  # Temporal suggests continue-as-new from here.
HISTORY_BYTES_SUGGESTED: Final = 4 * 1024 * 1024  # As above.
PART_BYTES_MAX: Final = 900_000  # A part of a history in one inbox record: below every default.

# Held events: what arrives while a Workflow Task is out.
HELD_EVENTS_MAX: Final = 4_000  # Temporal's is 100: a busy fan-out would lose every other task.
HELD_BYTES_MAX: Final = 2 * 1024 * 1024  # Temporal's buffer limit.
HOLD_MS: Final = 3_000  # Then nobody seems to run the task: the dispatch goes cold.

# Workflow Tasks.
WORKFLOW_TASK_TIMEOUT_MS: Final = 10_000  # Temporal's default.
WORKFLOW_TASK_TIMEOUT_MS_MAX: Final = 120_000  # Temporal's maximum.
WORKFLOW_TASK_RETRY_MS: Final = 1_000  # First pause of a task that fails again and again; doubled.
WORKFLOW_TASK_RETRY_MS_MAX: Final = 60_000  # A fixed worker is noticed within a minute.

# Chains of runs.
CONTINUE_AS_NEW_MS_MIN: Final = 1_000  # Temporal's guard against a chain that spins.
CHAIN_SEEN_MAX: Final = 8  # Runs of a chain that are asked whether they saw a request.

# Payloads. Past a warning the SDK logs; past a maximum the sender is refused.
BLOB_BYTES_MAX: Final = 2 * 1024 * 1024  # Temporal's: one input, result, failure or details.
MEMO_BYTES_MAX: Final = 2 * 1024 * 1024  # As above, all of a run's memo.
SEARCH_ATTRIBUTES_MAX: Final = 100  # Temporal's: keys of a run.
SEARCH_ATTRIBUTE_BYTES_MAX: Final = 2 * 1024  # Temporal's: one value.
SEARCH_ATTRIBUTES_BYTES_MAX: Final = 40 * 1024  # Temporal's: all of a run together.

# Per run.
UPDATES_IN_FLIGHT_MAX: Final = 10  # Temporal's limits.
UPDATES_TOTAL_MAX: Final = 2_000
UPDATES_SUGGESTED: Final = 1_800  # Temporal suggests continue-as-new from nine tenths on.
PENDING_ACTIVITIES_MAX: Final = 2_000  # Temporal's limits.
PENDING_CHILDREN_MAX: Final = 2_000
PENDING_SIGNALS_MAX: Final = 2_000  # To other runs.
PENDING_CANCELS_MAX: Final = 2_000  # Asked of other runs.
SIGNALS_TOTAL_MAX: Final = 10_000
PENDING_TIMERS_MAX: Final = 2_000  # Bounds what closing a run must clean up.
LAST_FAILURE_CAUSES_MAX: Final = 8  # Of the chain of causes of a failed attempt.
LAST_FAILURE_BYTES_MAX: Final = 4_096  # Temporal truncates what it keeps of a failed attempt.
DESCRIBED_ACTIVITIES_MAX: Final = 1_000  # A Description is one reply.

# Activities.
CANCEL_UNSTARTED_MS: Final = 3_000  # A start report would have come by then.
SWEEP_MS: Final = 5_000  # A task that was overtaken is lost, most likely.
SWEEP_IDLE_MS: Final = 60_000  # Nothing was taken from its queue: no worker, or a slow one.
SWEEP_IDLE_MS_MAX: Final = 3_600_000  # One copy an hour is all a queue without workers gets.

# Stalled runs.
STALLED_MS: Final = SWEEP_IDLE_MS  # A new topic or a restarted worker takes less.

# Quarantine.
PARKED_MAX: Final = 1_000  # Inputs kept for a quarantined run; more are refused.
PARKED_BYTES_MAX: Final = 2 * 1024 * 1024  # As above.

# Per partition.
CACHED_RUNS_MAX: Final = 20_000  # About 3 KB each: 60 MB.
CACHED_RUNS_BYTES_MAX: Final = 64 * 1024 * 1024  # Of the histories that these hold beside it.
WAITERS_MAX: Final = 10_000  # Clients waiting for a close; they ask again when forgotten.
WAITERS_PER_RUN_MAX: Final = 100  # One run must not take all of them.
QUERIES_MAX: Final = 10_000  # Waiting; a client asks again when its query was not kept.
QUERIES_PER_RUN_MAX: Final = 100  # One run must not take all of them.
QUERIES_WAITING_BYTES_MAX: Final = 32 * 1024 * 1024  # Of all that wait: each may have 2 MiB.

# Starts that somebody waits for.
LATE_MS: Final = 1_000  # Half the age at which a task must be claimed: that costs a round trip.
SPELL_MS: Final = 500  # Two in a row that are late, the second no less, are no passing backlog.
LATE_LEAVERS_MIN: Final = 25  # Fewer in that time are no load: each was held up by itself.
EASY_MS: Final = 250  # Who waited no longer found no queue, or as good as none.
CALM_MS: Final = 5_000  # When nobody waited longer than that: what comes and goes is one overload.
ROOM_MS: Final = 500  # Starts are let in up to what workers take in it: half of what may be out.

# Task Queues.
TASKS_PER_PARTITION: Final = 64  # Of one transaction on one activities partition.
TASK_QUEUE_TOPICS_MAX: Final = 2_000  # Of a namespace: a misspelt name costs a topic, too.
WINDOW_FIRST: Final = 256  # Tasks out per queue while all of them are young: workers keep up.
WINDOW_MIN: Final = 8  # A slow queue keeps a few tasks ready.
WINDOW_MS: Final = 1_000  # What was taken in this time may be out again; half of what is fresh.
WINDOW_FORGET_MS: Final = 600_000  # A place whose task vanished is free again after it.

# Identifiers and requests.
DURATION_MS_MAX: Final = 100 * 365 * 24 * 3_600_000  # A century: keeps every time in 64 bits.
IDENTIFIER_LENGTH_MAX: Final = 1_000  # Temporal's.
