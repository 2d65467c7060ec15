"""Clinical entities in texts against gold ones, by OMOP domain."""
