"""The judge: what it is asked, and what its answers come to."""
