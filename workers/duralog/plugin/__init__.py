"""Plugins for clients, workers and replayers, by configuration."""

from duralog.plugin.simple import PluginParameter, SimplePlugin

__all__ = ["PluginParameter", "SimplePlugin"]
