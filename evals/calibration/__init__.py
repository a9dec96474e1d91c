"""The gold set, and the calibration of judges with it."""
