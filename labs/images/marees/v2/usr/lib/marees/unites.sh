# Bibliothèque « unités », version 2 : formater NOMBRE UNITÉ (m ou cm).
# La fonction en_metres de la version 1 n'existe plus.

formater() {
    case $2 in
    cm) printf '%.0f cm\n' "$(echo "$1 * 100" | /usr/bin/bc -l)" ;;
    *) printf '%.2f m\n' "$1" | tr . , ;;
    esac
}
