"""The auditor: a process of its own that reads all four services' databases and says where the law does not hold."""
