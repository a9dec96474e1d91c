"""What an evaluation found."""
