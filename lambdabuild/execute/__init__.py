"""Executors: one protocol, the same bytes. Its modules are imported one by one: a host needs no container engine."""
