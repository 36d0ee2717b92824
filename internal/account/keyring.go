package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// keyring holds what is derived from the server's secrets, the current one
// first. Each use has a key of its own, so that what one of them signs is worth
// nothing to another.
type keyring struct {
	sessions [][]byte // sign session tokens: the secrets themselves, as the name JWT_SECRET promises
	tokens   [][]byte // make mailed tokens
	devices  [][]byte // hide networks in the places of devices
	limits   []byte   // hides addresses in the keys of limits
	networks []byte   // hides the network of a sign-up
}

func newKeyring(secrets [][]byte) keyring {
	if len(secrets) == 0 {
		panic("account: there is no secret to sign with")
	}
	k := keyring{sessions: secrets, limits: derive(secrets[0], "limits"), networks: derive(secrets[0], "networks")}
	for _, s := range secrets {
		k.tokens = append(k.tokens, derive(s, "mailed tokens"))
		k.devices = append(k.devices, derive(s, "devices"))
	}
	return k
}

func derive(secret []byte, use string) []byte {
	return mac(secret, "xswarm account 1: "+use)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// mailed returns the secret of the token with an id, as it is put into a link.
// It can be made again from the id, so it need not lie in the queue of jobs.
func (k keyring) mailed(id string) string {
	return mailedWith(k.tokens[0], id)
}

// again returns the mailed secret whose hash is given. It was made with one of
// the secrets; ok is false if that one is no longer known.
func (k keyring) again(id, hash string) (secret string, ok bool) {
	for _, key := range k.tokens {
		secret := mailedWith(key, id)
		if subtle.ConstantTimeCompare([]byte(hashOf(secret)), []byte(hash)) == 1 {
			return secret, true
		}
	}
	return "", false
}

func mailedWith(key []byte, id string) string {
	return base64.RawURLEncoding.EncodeToString(mac(key, id))
}

// hashOf is what is stored of a mailed secret.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
