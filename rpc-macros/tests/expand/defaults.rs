/// A service over another trait.
#[service]
pub trait Defaults: Named + Clone {
    async fn r#type(&self, r#fn: &str) -> Result<u32, String> {
        Ok(r#fn.parse::<u32>().map_err(|error| error.to_string())?)
    }
}
