"""Questions, answers, and honest tables; programs that measure hepcoder itself."""
