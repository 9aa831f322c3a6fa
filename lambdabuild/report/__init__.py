"""What a person or a program is shown: live on a terminal, plain lines elsewhere, one JSON document on request.

Its modules are imported one by one: each command shows one thing.
"""
