"""Training of neural networks: the loop, schedules, early stopping, checkpoints, resume, and scans."""
