"""The whole on three real brokers while everything around it fails; `make chaos` runs it."""
