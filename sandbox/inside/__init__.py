"""What runs inside a sandbox: the standard library alone, before and around foreign code."""
