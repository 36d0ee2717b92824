package sandbox

func objectHref(id string) string { return "" }
func eventHref(id string) string  { return "" }
