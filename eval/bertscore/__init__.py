"""BERTScore with a multilingual encoder."""
