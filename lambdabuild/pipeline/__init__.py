"""spec + lock ─► plan ─► execute ─► check ─► package ─► report: the stages, wired, a module for each command.

`locking` pins, `building` plans and builds, `checking` judges, `inspection` shows an image, `diagnosis` a machine. They
are imported one by one: to judge a zip takes no compiler.
"""
