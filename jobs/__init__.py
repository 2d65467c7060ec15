"""The doors: the command line and the Ray pipelines. Uses every floor; nothing uses it."""
