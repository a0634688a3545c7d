//! The harness of the journeys: all services as processes of their own.
