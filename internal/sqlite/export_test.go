package sqlite

var RekeyUntil = rekey
