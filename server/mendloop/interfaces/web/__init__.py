"""What a person looks at in a browser: self-contained pages and pictures, no server needed."""
