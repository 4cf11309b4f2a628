"""The tier of bubblewrap: scripts in namespaces of their own."""
