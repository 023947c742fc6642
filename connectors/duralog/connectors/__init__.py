"""Every network edge: brokers, clock, ingress, dead letters, sinks, telemetry."""
