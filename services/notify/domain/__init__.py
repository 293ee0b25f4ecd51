"""The rules of telling: who hears of a fact, when a message is tried, and how it is worded."""
