"""The HTTP side that all services share: the app, its limits, problem details, fields, lists and pages."""
