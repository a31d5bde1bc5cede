"""A patient's sessions laid over each other from the first dose."""
