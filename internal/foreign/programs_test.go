package foreign_test

func removePrograms() {}
