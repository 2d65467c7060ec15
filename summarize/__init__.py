"""A patient's message in, a faithful summary of one or two sentences out."""
