//! Raw identifiers, and a trait that comes out of `macro_rules!`.
use rpc_core::service;

#[service]
trait r#Raw {
    #[rpc(tags = "3, -1")]
    async fn r#type(&self, r#fn: &str, r#match: u8) -> u8;
    async fn r#move(&self);
}

macro_rules! counter {
    ($name:ident, $number:ty, $method:ident($argument:ident)) => {
        #[service]
        trait $name {
            async fn $method(&self, $argument: $number, service: &$number) -> Result<$number, String>;
            async fn text(&self, text: &str) -> ($number,);
        }
    };
}

counter!(Counter, u32, add(input));

mod wide {
    use rpc_core::service;

    counter!(Counter, Vec<u8>, add(output));
}

fn main() {
    assert_eq!(RawClient::DESCRIPTOR.name, "Raw");
    assert_eq!(RawClient::DESCRIPTOR.methods[0].name, "type");
    assert_eq!(RawClient::DESCRIPTOR.methods[1].name, "move");
    assert_eq!(RawClient::DESCRIPTOR.methods[0].argument_tags, Some(&[3, -1][..]));
    assert_eq!(RawClient::DESCRIPTOR.methods[1].argument_tags, None);
    assert_eq!(CounterClient::DESCRIPTOR.methods[0].name, "add");
}
