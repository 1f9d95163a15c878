"""What a change may newly reach for."""

from enum import StrEnum


class Power(StrEnum):
    """A sort of capability; the policy gives each a tier."""

    SUBPROCESS = "subprocess"
    """Other programs and processes."""
    NETWORK = "network"
    EVAL = "eval"
    """Text, or stored objects, run as code."""
    FILES = "files"
    """Reading and listing files."""
    WRITES_FILES = "writes_files"
    DATABASE = "database"
    NATIVE = "native"
    """Memory and libraries beneath Python."""
    ENVIRONMENT = "environment"
    """Environment variables: where secrets are."""
    INTROSPECTION = "introspection"
    """The interpreter's own insides, by which all else can be had."""
    THREADS = "threads"
    OTHER = "other"
    """Any capability that has no name of its own here."""
