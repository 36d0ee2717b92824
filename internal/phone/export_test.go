package phone

// SetShared changes the shared number, for the tests.
func (s *Service) SetShared(number string) { s.shared = number }

// TurnOff takes the carrier away, for the tests.
func (s *Service) TurnOff() { s.carrier = nil }

// RotateSecret puts a secret before those there are, for the tests.
func (s *Service) RotateSecret(secret []byte) { s.secrets = append([][]byte{secret}, s.secrets...) }
