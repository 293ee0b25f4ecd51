"""The rules of time: plain values in, plain values out."""
