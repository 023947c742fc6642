"""How fast it is, with engine, worker, broker and client as processes apart: `make bench`."""
