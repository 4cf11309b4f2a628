"""What `hepcoder learn` asks, does and prints."""
