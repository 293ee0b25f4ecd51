"""The four services of Tanggap: intake, routing, sla, notify."""
