"""Pictures on Discord that members want painted, before they are downloaded."""
