// Begins with a mark of the byte order.
namespace rs bom
const string TEXT = "grüße 👋"
