"""What is raised where a model, a package or a program that something needs is not there."""


class EngineUnavailable(RuntimeError):
    """An engine cannot start here; the message says what is missing and how to get it."""
