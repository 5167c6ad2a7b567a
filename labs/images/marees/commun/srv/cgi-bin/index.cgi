#!/bin/sh
# La page « / » : la hauteur d'eau à l'heure demandée (/?h=6), à midi sinon.

h=${QUERY_STRING#h=}
case $h in
'' | *[!0-9.]*) h=12 ;;
esac

if texte=$(marees "$h" 2>&1); then
    echo "Status: 200 OK"
else
    echo "Status: 500 Internal Server Error"
fi
echo "Content-Type: text/plain; charset=utf-8"
echo
echo "version ${VERSION:-?} — $texte"
