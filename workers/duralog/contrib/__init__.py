"""What needs more than the SDK: each module names the package it is for."""
