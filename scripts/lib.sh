# Shared by the scripts beside it; sourced from the repository's root.

# cache is where what the scripts install for themselves is kept.
cache=${XSWARM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xswarm}

# tool NAME ARGS... runs a tool at the version pinned in tools/go.mod, building
# it once per version.
tool() {
	name=$1
	shift
	key=$(cat tools/go.mod tools/go.sum | sha256sum | cut -c1-16)
	bin=$cache/tools-$key/$name
	if [ ! -x "$bin" ]; then
		mkdir -p "$cache/tools-$key"
		pkg=$(sed -n "s|^[[:space:]]*\(tool \)\{0,1\}\([^ ]*/cmd/$name\)\$|\2|p" tools/go.mod)
		echo "building $name (once)…" >&2
		(cd tools && CGO_ENABLED=0 go build -o "$bin" "$pkg")
	fi
	"$bin" "$@"
}

# tursodb prints the path of the Turso server used by the tests, installing it
# from its npm package the first time.
tursodb() {
	npm_program tursodb @tursodatabase/cli-linux-x64-gnu 0.7.0 tursodb
}

# workerd prints the path of Cloudflare's runtime, installed likewise.
workerd() {
	npm_program workerd @cloudflare/workerd-linux-64 1.20261117.1 bin/workerd
}

# wasm_opt prints the path of what makes the Worker smaller, installed likewise.
wasm_opt() {
	npm_program binaryen binaryen 132.0.0 bin/wasm-opt
}

# npm_program NAME PACKAGE VERSION FILE prints the path of a program that an npm
# package holds, installing it the first time.
npm_program() {
	bin=$cache/$1-$3/package/$4
	if [ ! -x "$bin" ]; then
		command -v npm >/dev/null || {
			echo "npm is needed to install $1: apt-get install -y npm" >&2
			return 1
		}
		mkdir -p "$cache/$1-$3"
		echo "installing $1 $3 (once)…" >&2
		(cd "$cache/$1-$3" && npm pack --silent "$2@$3" >/dev/null && tar xzf ./*.tgz && rm ./*.tgz)
	fi
	echo "$bin"
}

# debian PACKAGES... installs Debian packages.
debian() {
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	command -v apt-get >/dev/null || {
		echo "the tests need, and apt-get is not here to install: $*" >&2
		return 1
	}
	echo "installing $* (once)…" >&2
	$sudo apt-get update -qq >&2
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >&2
}

# browser prints the path of the browser used by the tests, installing Debian's
# the first time.
browser() {
	for name in chromium chromium-browser google-chrome; do
		if command -v "$name" >/dev/null; then
			command -v "$name"
			return
		fi
	done
	debian chromium fonts-liberation
	command -v chromium
}
