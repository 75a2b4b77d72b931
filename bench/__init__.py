"""Speed and memory, as ratios in one run: machines differ and are noisy, a ratio of two things measured together says more."""
