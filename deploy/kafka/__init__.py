"""Apache Kafka: topics for production and a broker for a desk."""
