"""One small file a command; each is imported when it is called and not before."""
