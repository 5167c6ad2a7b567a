# Bibliothèque « unités », version 1 : une fonction, en_metres NOMBRE.

en_metres() {
    printf '%.2f m\n' "$1" | tr . ,
}
