"""Side by side with what people use today, in one run: ratios, never a verdict."""
