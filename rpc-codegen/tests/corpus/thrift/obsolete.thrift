namespace rs attic

senum Season { "spring", "summer"; "autumn" "winter" }
struct Box { 1: slist labels, 2: Season season = "spring" }
