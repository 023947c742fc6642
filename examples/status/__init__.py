"""An interceptor that keeps a status for every workflow, without a line in any of them."""
