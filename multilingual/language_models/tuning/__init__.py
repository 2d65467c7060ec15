"""Fine-tuning of language models: the loss of an answer, a run's steps, its checkpoint and its log."""
