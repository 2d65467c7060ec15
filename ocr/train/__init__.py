"""Training of the recogniser: its graph in torch, the examples, the loop."""
