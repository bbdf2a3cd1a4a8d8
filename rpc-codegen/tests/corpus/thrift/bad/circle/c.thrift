include "../circle_of_files.thrift"
