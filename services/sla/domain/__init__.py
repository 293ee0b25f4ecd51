"""The rules of time: limits, the ladder, who is reached. Plain values in, plain values out."""
