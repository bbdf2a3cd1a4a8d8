//! Programs that show the framework; each is an `[[example]]`.
