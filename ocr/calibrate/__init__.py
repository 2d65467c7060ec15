"""`python -m ocr.calibrate`: the weights of names and of confidence, fitted on validation data."""
