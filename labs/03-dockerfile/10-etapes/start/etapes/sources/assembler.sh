# Assemble la page ; il y faut les outils.
[ -s /outils ] || { echo "assembler : pas d'outils" >&2; exit 1; }
mkdir -p "$2"
cat "$1"/tete.html "$1"/corps.html > "$2/index.html"
