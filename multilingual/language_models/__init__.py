"""Language models as files: from a folder, the hub or a package, their tokenizers, digests and cache."""
