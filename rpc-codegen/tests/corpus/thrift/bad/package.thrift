namespace rs a.1b
