"""The command line; every group of commands is loaded when it is named."""
