//! Invitations, reviews, replies and complaints.
