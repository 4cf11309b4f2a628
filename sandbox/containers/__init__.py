"""The tier of container engines, for sites that want it."""
