"""From a seed that breaks an invariant to the least part of its story that breaks the same."""

from sim.running import run_seed, tag_of
from sim.world import Less


def shrink(seed: int, tag: str, less: Less) -> Less:
    """Without each kind of fault that is not needed, then with as few clients as will do.

    What is left out changes what follows, so that a part may be needed by chance only.
    """
    outcome = run_seed(seed, less=less)
    least = Less(outcome.clients, less.without)
    for name in (*outcome.armed, "lists"):
        fewer = Less(least.clients, least.without | {name})
        if _breaks(seed, tag, fewer):
            least = fewer
    for clients in range(1, least.clients):
        fewer = Less(clients, least.without)
        if _breaks(seed, tag, fewer):
            return fewer
    return least


def _breaks(seed: int, tag: str, less: Less) -> bool:
    return any(tag_of(text) == tag for text in run_seed(seed, less=less).violations)
