namespace rs journal

service Journal {
  oneway void write(1: string line)
  async void write_as_of_old(1: string line)
  void flush()
}
