"""What does a picture look like, and is it one that is known? One question a file."""
