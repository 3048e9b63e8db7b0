"""What this part of REST takes and answers, as models."""
