"""Runs users' Workflows and Activities for one Task Queue."""
