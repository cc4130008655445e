"""Templates as applications write them (Jinja, Handlebars, Go, …), read into approved wordings."""
