package sandbox

import "net/http"

func (s *Sandbox) apiFaults(http.ResponseWriter, *http.Request) (int, any, error) {
	return http.StatusOK, listed(s.Faults()), nil
}

func (s *Sandbox) apiAddFault(w http.ResponseWriter, r *http.Request) (int, any, error) {
	var f Fault
	if err := decode(w, r, &f); err != nil {
		return 0, nil, err
	}
	ordered, err := s.AddFault(f)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, ordered, nil
}

func (s *Sandbox) apiCancelFault(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if err := s.CancelFault(r.PathValue("id")); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func (s *Sandbox) apiCancelFaults(http.ResponseWriter, *http.Request) (int, any, error) {
	s.CancelFaults()
	return http.StatusNoContent, nil, nil
}
