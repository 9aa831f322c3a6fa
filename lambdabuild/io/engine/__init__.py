"""The container engine: found as the docker CLI finds it, and asked for images, containers and volumes."""

from lambdabuild.io.engine.client import Box, Ended, Engine, EngineFacts, EngineImage, Mount
from lambdabuild.io.engine.connection import connect
from lambdabuild.io.engine.failures import EngineRefusalError, MissingEngineError
from lambdabuild.io.engine.leftovers import Leftover, Owner, leftovers, sweep

__all__ = [
    "Box",
    "Ended",
    "Engine",
    "EngineFacts",
    "EngineImage",
    "EngineRefusalError",
    "Leftover",
    "MissingEngineError",
    "Mount",
    "Owner",
    "connect",
    "leftovers",
    "sweep",
]
