"""Apache Kafka: topics for production and a broker for local installations."""
