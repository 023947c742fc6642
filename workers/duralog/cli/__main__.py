"""`python -m duralog.cli`, for those without the console script on their path."""

from duralog.cli import main

main()
