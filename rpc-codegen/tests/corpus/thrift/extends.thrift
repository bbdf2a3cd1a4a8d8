namespace rs home

service Device { string name(), void reset() throws (1: Broken broken) }
service Lamp extends Device { void shine(1: i8 percent) }
service ColouredLamp extends Lamp { void colour(1: i32 rgb) }
exception Broken { 1: string part }
