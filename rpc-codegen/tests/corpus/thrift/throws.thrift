namespace rs vault

exception Locked { 1: i64 until }
exception Unknown { 1: string what }
typedef Unknown Missing

service Vault {
  binary open(1: string key) throws (1: Locked locked, 2: Missing missing)
  void close() throws ()
  // Never for long.
  void lock() throws (1: Locked already (why = "twice"))
}
