"""The tier for machines without user namespaces."""
