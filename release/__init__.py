"""What a release is judged by (`python -m release.smoke`) and undone with (`release.publish`)."""
