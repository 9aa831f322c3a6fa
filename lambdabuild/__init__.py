"""Reproducible AWS Lambda artifacts: locked images, checked ELF files, deterministic zips."""

__version__ = "0.1.0"
